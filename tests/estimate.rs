//! Estimates from a part of the pairs against the exact pass.

#[path = "support/laws.rs"]
mod laws;
mod support;

use laws::LAWS;
use ndarray::Array2;
use spherecheck::audit::{Audit, Effort, PositivesInput, Settings, Side, Support};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use support::{any_cpu, audit, cpu, found, inputs};

fn amount(rounds: usize, full_rows: usize, squares: bool) -> Effort {
    Effort::Amount {
        rounds,
        full_rows,
        squares,
    }
}

fn embed(rows: &Array2<f32>) -> Embeddings {
    Embeddings::from_array("rows", rows.view()).unwrap()
}

#[test]
fn probe() {
    let backend = any_cpu();
    for law in LAWS {
        let [a, b] = law.views(6000, 3);
        let run = |effort| {
            let settings = Settings { effort, ts: vec![0.5, 2.0, 5.0], taus: vec![0.07, 0.2, 0.5], ..Settings::default() };
            audit(inputs(embed(&a), Some(embed(&b)), PositivesInput::Aligned), &settings, &*backend)
        };
        let exact = run(Effort::Exact);
        let est = run(amount(6, 200, true));
        println!("== {}", law.name());
        for m in &est.measures {
            let Some(mc) = m.monte_carlo else { continue };
            let e = exact.measures.iter().find(|x| x.metric == m.metric && x.params == m.params && x.side == m.side).unwrap();
            println!("{} {}: exact {:.6} ± {:.2e} ({:?}) est {:.6} ± {:.2e} mc {:.2e} dev {:.2} corrected {:?}", m.label(), m.side.name(), e.value, e.se.unwrap_or(0.0), e.corrected, m.value, m.se.unwrap_or(0.0), mc, (m.value - e.value) / mc, m.corrected);
        }
    }
}
