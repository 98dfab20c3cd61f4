//! Laws of rows with known numbers, for the study of coverage and its short form among the tests.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Effort, Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::Backend;
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Interval, Side};
use spherecheck::theory;

/// Columns of every law.
pub const DIM: usize = 32;

const T: f64 = 2.0;
const TAUS: [f64; 2] = [0.07, 0.5];

/// How far the second view of an item is from the first, before both are normalised.
const NOISE: f64 = 0.3;

/// Where rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Uniform on the sphere.
    Uniform,
    /// Ten normal clouds around fixed centres.
    Clustered,
    /// A normal cloud off the origin whose spread falls as a power of the column.
    Anisotropic,
    /// Around one direction, at distances with a Pareto tail of index 1.5: most rows anywhere, some almost equal.
    HeavyTailed,
    /// Ten close clouds in the first 16 columns: at small tau a few near rows decide.
    Close,
}

/// All of them.
pub const LAWS: [Law; 4] = [
    Law::Uniform,
    Law::Clustered,
    Law::Anisotropic,
    Law::HeavyTailed,
];

/// A number that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    metric: MetricId,
    param: Option<f64>,
    side: Side,
}

/// A true value, and how well it is known.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// The value.
    pub value: f64,
    /// Its standard error; 0 for a closed form.
    pub se: f64,
}

const fn judged(metric: MetricId, param: Option<f64>, side: Side) -> Judged {
    Judged {
        metric,
        param,
        side,
    }
}

impl Judged {
    /// In the order of the table.
    pub const ALL: [Judged; 8] = [
        judged(MetricId::Uniformity, Some(T), Side::A),
        judged(MetricId::Uniformity, Some(T), Side::Mean),
        judged(MetricId::ContrastiveUniformTerm, Some(TAUS[0]), Side::A),
        judged(MetricId::ContrastiveUniformTerm, Some(TAUS[1]), Side::A),
        judged(MetricId::ContrastiveLimit, Some(TAUS[0]), Side::A),
        judged(MetricId::ContrastiveLimit, Some(TAUS[1]), Side::A),
        judged(MetricId::Alignment, Some(2.0), Side::Cross),
        judged(MetricId::MeanCosine, None, Side::A),
    ];

    /// Headings, e.g. `uniformity{t=2} a`.
    pub fn labels() -> Vec<String> {
        let label = |judged: &Judged| {
            let spec = judged.metric.spec();
            let param = spec.param.zip(judged.param);
            let param = param.map_or(String::new(), |(name, value)| format!("{{{name}={value}}}"));
            format!("{}{param} {}", spec.id.name(), judged.side.name())
        };
        Self::ALL.iter().map(label).collect()
    }

    /// Its interval in an audit.
    pub fn interval(&self, audit: &Audit) -> Option<Interval> {
        self.find(audit)?.interval
    }

    fn find<'a>(&self, audit: &'a Audit) -> Option<&'a spherecheck::result::Measure> {
        audit.measures.iter().find(|m| {
            m.metric == self.metric
                && m.side == self.side
                && m.params.values().next().copied() == self.param
        })
    }
}

impl Law {
    /// Name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Law::Uniform => "uniform",
            Law::Clustered => "clustered",
            Law::Anisotropic => "anisotropic",
            Law::HeavyTailed => "heavy-tailed",
            Law::Close => "close",
        }
    }

    /// Two aligned views of `rows` independent items. The second is the first with noise, so both views have not quite
    /// one law (but for uniform rows).
    pub fn views(self, rows: usize, seed: u64) -> [Array2<f32>; 2] {
        let mut draw = Normal::new(seed);
        let centres = {
            let mut fixed = Normal::new(u64::MAX);
            Array2::from_shape_simple_fn((10, DIM), || fixed.next())
        };
        let mut a = Array2::zeros((rows, DIM));
        let mut b = Array2::zeros((rows, DIM));
        for (mut x, mut y) in a.rows_mut().into_iter().zip(b.rows_mut()) {
            let row = self.row(&mut draw, &centres);
            let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            for (k, v) in row.iter().enumerate() {
                let v = v / norm * (DIM as f64).sqrt();
                x[k] = v as f32;
                y[k] = (v + NOISE * draw.next()) as f32;
            }
        }
        [a, b]
    }

    fn row(self, draw: &mut Normal, centres: &Array2<f64>) -> [f64; DIM] {
        let mut row = [0.0; DIM];
        row.fill_with(|| draw.next());
        match self {
            Law::Uniform => {}
            Law::Clustered => {
                let centre = centres.row(draw.rng.random_range(0..10));
                row.iter_mut().zip(centre).for_each(|(v, c)| *v += c);
            }
            Law::Anisotropic => {
                for (k, v) in row.iter_mut().enumerate() {
                    *v = *v * (k as f64 + 1.0).powf(-0.75) + 0.3;
                }
            }
            Law::Close => {
                let centre = centres.row(draw.rng.random_range(0..10));
                let norm = centre.iter().take(16).map(|c| c * c).sum::<f64>().sqrt();
                for (k, v) in row.iter_mut().enumerate() {
                    *v = if k < 16 {
                        *v / 20f64.sqrt() + centre[k] / norm
                    } else {
                        0.0
                    };
                }
            }
            Law::HeavyTailed => {
                let u: f64 = draw.rng.random();
                let pareto = (1.0 - u).powf(-1.0 / 1.5) - 1.0;
                let along = centres.row(0);
                row.iter_mut()
                    .zip(along)
                    .for_each(|(v, c)| *v += pareto * c);
            }
        }
        row
    }

    /// The audit of both views; `seed` draws the rows and deals the groups.
    pub fn audit(self, rows: usize, seed: u64, backend: &dyn Backend) -> Audit {
        self.audit_with(rows, seed, Effort::Exact, backend)
    }

    /// The same from as many pairs as `effort` says.
    pub fn audit_with(
        self,
        rows: usize,
        seed: u64,
        effort: Effort,
        backend: &dyn Backend,
    ) -> Audit {
        let [a, b] = self.views(rows, seed);
        let settings = Settings {
            effort,
            ..settings(seed)
        };
        let inputs = Inputs {
            name: self.name().to_owned(),
            a: Embeddings::from_array("a", a.view()).expect("rows"),
            b: Some(Embeddings::from_array("b", b.view()).expect("rows")),
            positives: PositivesInput::Aligned,
            groups: None,
        };
        prepare(inputs, &settings, backend, &NoWatch)
            .and_then(|data| data.run(backend, &NoWatch))
            .expect("an audit")
    }

    /// The laws of a comma list of names.
    pub fn named(text: &str) -> Vec<Self> {
        let named = |name: &str| {
            let law = LAWS
                .iter()
                .chain(&[Law::Close])
                .find(|law| law.name() == name);
            *law.unwrap_or_else(|| panic!("no law {name:?}"))
        };
        text.split(',').map(named).collect()
    }

    /// The true value of each number judged: closed forms of the uniform law, else what an audit of `rows` rows says
    /// (less its bias), and ten times as many positive pairs.
    pub fn truth(self, rows: usize, backend: &dyn Backend) -> Vec<Truth> {
        let cosine = self.positive_cosine(10 * rows);
        let [a, b] = self.views(rows, SEED_OF_TRUTH);
        let settings = settings(0);
        let audit = |name: &str, view: Array2<f32>| {
            let inputs = Inputs {
                name: name.to_owned(),
                a: Embeddings::from_array(name, view.view()).expect("rows"),
                b: None,
                positives: PositivesInput::None,
                groups: None,
            };
            prepare(inputs, &settings, backend, &NoWatch)
                .and_then(|data| data.run(backend, &NoWatch))
                .expect("an audit")
        };
        let uniform = self == Law::Uniform;
        let (a, b) = if uniform {
            (None, None)
        } else {
            (Some(audit("a", a)), Some(audit("b", b)))
        };
        let of = |audit: &Option<Audit>, metric, param| {
            let measure = audit
                .as_ref()
                .and_then(|audit| judged(metric, param, Side::A).find(audit).cloned());
            match measure {
                Some(m) => Truth {
                    value: m.corrected.unwrap_or(m.value),
                    se: m.se.unwrap_or(0.0),
                },
                None => Truth {
                    value: closed_form(metric, param),
                    se: 0.0,
                },
            }
        };
        let truth = |judged: &Judged| match (judged.metric, judged.param) {
            (MetricId::Alignment, _) => Truth {
                value: 2.0 - 2.0 * cosine.value,
                se: 2.0 * cosine.se,
            },
            (MetricId::ContrastiveLimit, Some(tau)) => {
                let term = of(&a, MetricId::ContrastiveUniformTerm, Some(tau));
                Truth {
                    value: term.value - cosine.value / tau,
                    se: term.se.hypot(cosine.se / tau),
                }
            }
            (metric, param) if judged.side == Side::Mean => {
                let (a, b) = (of(&a, metric, param), of(&b, metric, param));
                Truth {
                    value: (a.value + b.value) / 2.0,
                    se: (a.se + b.se) / 2.0,
                }
            }
            (metric, param) => of(&a, metric, param),
        };
        Judged::ALL.iter().map(truth).collect()
    }

    /// Mean cosine of positives, and its error.
    fn positive_cosine(self, pairs: usize) -> Truth {
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for part in 0..pairs.div_ceil(10_000) as u64 {
            let [a, b] = self.views(10_000, SEED_OF_TRUTH + 1 + part);
            for (x, y) in a.rows().into_iter().zip(b.rows()) {
                let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
                for (x, y) in x.iter().zip(y) {
                    let (x, y) = (f64::from(*x), f64::from(*y));
                    xy += x * y;
                    xx += x * x;
                    yy += y * y;
                }
                let cosine = xy / (xx * yy).sqrt();
                sum += cosine;
                squares += cosine * cosine;
                count += 1.0;
            }
        }
        let mean = sum / count;
        Truth {
            value: mean,
            se: ((squares / count - mean * mean) / count).sqrt(),
        }
    }
}

/// Far from the seeds of the samples that are judged.
const SEED_OF_TRUTH: u64 = 1 << 40;

fn settings(seed: u64) -> Settings {
    Settings {
        alphas: vec![2.0],
        ts: vec![T],
        taus: TAUS.to_vec(),
        seed,
        ..Settings::default()
    }
}

/// What uniform rows have.
fn closed_form(metric: MetricId, param: Option<f64>) -> f64 {
    match (metric, param) {
        (MetricId::Uniformity, Some(t)) => theory::uniformity_of_uniform(DIM, t),
        (MetricId::ContrastiveUniformTerm, Some(tau)) => {
            theory::contrastive_uniform_term_of_uniform(DIM, tau)
        }
        (MetricId::MeanCosine, _) => theory::IDEAL_MEAN_COSINE,
        other => panic!("no closed form of {other:?}"),
    }
}

/// Standard normal numbers.
struct Normal {
    rng: Pcg64,
    spare: Option<f64>,
}

impl Normal {
    fn new(seed: u64) -> Self {
        Self {
            rng: Pcg64::seed_from_u64(seed),
            spare: None,
        }
    }

    /// Two at a time, by Box and Muller.
    fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let (u, v): (f64, f64) = (self.rng.random(), self.rng.random());
        let radius = (-2.0 * (1.0 - u).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * v).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }
}
