//! `spherecheck train --preset`: several reference encoders in one go, their table and their figures.

use std::path::Path;

use anyhow::{Chain, Context};

use super::exit::{Exit, deliver};
use super::walker::processor;
use super::zoo::{self, INDEX as ZOO};
use crate::backend::on_host;
use crate::cli::TrainRequest;
use crate::console::{Cancel, Console};
use crate::metric::{circle_density, plane_density};
use crate::report::figures::{
    self, CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS, PLANE_CELLS,
};
use crate::report::{self, Destination, Figure, FigureForm, HtmlPage, PAGE, Report, ReportError};
use crate::result::{Failed, Member, ZOO_SCHEMA, Zoo};
use crate::train::{self, Entry, Keep, Preset, Reference, TrainError, folder};

/// Classes that the circle figure shows apart: the paper's, where they are there.
const SHOWN: [u32; 4] = [0, 3, 6, 9];
/// Angles at which a density along the circle is computed.
const ANGLES: usize = 360;

pub(super) fn study(
    preset: Preset,
    request: &TrainRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let backend = processor(request.threads)?;
    let device = train::device(&request.device)?;
    let out = &request.out;
    let named = request.data.as_deref().unwrap_or("digits");
    let data = train::data::open(named, None)?;
    let shared = preset.plan(named);
    let augment = shared.augment_for(&data);
    let entries = preset.entries(&request.apply(shared, augment).located());
    let occupied = |entry: &Entry| folder::occupied(&out.join(&entry.name));
    let begun = out.join(ZOO).exists() || entries.iter().any(occupied);
    if begun && !request.resume && !request.force {
        return Err(TrainError::Occupied { path: out.clone() }.into());
    }
    for entry in &entries {
        entry.plan.check(&data)?;
    }
    let destination = Destination::prepare(out)?;
    let mut zoo = match request.resume && out.join(ZOO).exists() {
        true => zoo::open(out)?.0,
        false => Zoo {
            schema: ZOO_SCHEMA.to_owned(),
            data: named.to_owned(),
            members: Vec::new(),
            failed: Vec::new(),
        },
    };
    // What failed is tried again.
    zoo.failed.clear();
    zoo.members.retain(|member| stands(member, &entries, out));
    let mut rows = Vec::new();
    for (k, entry) in entries.iter().enumerate() {
        let place = out.join(&entry.name);
        let done = zoo.members.iter().find(|m| m.name == entry.name);
        if let Some(member) = done {
            if preset == Preset::Circle {
                let again =
                    || train::reference_in(&place, member.clone(), &entry.plan, &data, &device);
                rows.push(circle_row(&on_host(&*backend, again)?));
            }
            continue;
        }
        let keep = Keep::new(&place, request.checkpoint_every.unwrap_or_default());
        let watch = console.progress(request.output.progress(), cancel);
        let made = on_host(&*backend, || {
            let on = (&device, &*backend);
            train::reference(entry, &data, on, (Some(&keep), request.resume), &watch)
        });
        drop(watch);
        let made = match made {
            Err(error) if error.is_the_encoders() => {
                let failed = failed(entry, &error);
                console.note(format_args!(
                    "{}/{} {}: failed, the others go on: {}",
                    k + 1,
                    entries.len(),
                    failed.name,
                    failed.reason
                ));
                zoo.members.retain(|member| member.name != entry.name);
                zoo.failed.push(failed);
                folder::drop_checkpoint(&place)?;
                continue;
            }
            made => made.with_context(|| format!("encoder {}", entry.name))?,
        };
        let Some(reference) = made else {
            let done = zoo.members.len();
            console.note(format_args!(
                "interrupted; {done} of {} encoders are in {}: continue with --resume",
                entries.len(),
                out.display()
            ));
            return Ok(Exit::Interrupted);
        };
        if !request.output.quiet {
            console.note(said(k + 1, entries.len(), &reference.member));
        }
        if preset == Preset::Circle {
            rows.push(circle_row(&reference));
        }
        zoo.members.retain(|member| member.name != entry.name);
        zoo.members.push(reference.member);
        // After each, so that an interrupted study can go on.
        destination.place(vec![(ZOO.to_owned(), zoo.json()?)])?;
        folder::drop_checkpoint(&place)?;
    }
    // In the order of the preset, whichever were there before.
    zoo.members
        .sort_by_key(|member| entries.iter().position(|e| e.name == member.name));
    if zoo.members.is_empty() {
        anyhow::bail!(
            "none of the {} encoders could be trained and audited: there is no table",
            entries.len()
        );
    }

    let style = console.style(false);
    let report = report::render(&zoo, request.output.format, style)?;
    deliver(&report, &request.output, console, || {
        let asked = request.drawing.or_forms(&[FigureForm::Png]);
        let title = asked.title.as_deref();
        let figures = drawn(preset, &zoo, &rows, title)?;
        let mut files = vec![(ZOO.to_owned(), zoo.json()?)];
        files.extend(report::drawn(&figures, &asked.forms)?);
        let page = HtmlPage::titled(title).with_figures(&zoo, figures)?;
        files.push((PAGE.to_owned(), page.bytes()));
        Ok(destination.place(files)?)
    })?;
    Ok(match zoo.failed.is_empty() {
        true => Exit::Fine,
        // The others are whole, but what was asked for is not.
        false => Exit::Trouble,
    })
}

/// What is left of an encoder that has no numbers: its name and why.
fn failed(entry: &Entry, error: &TrainError) -> Failed {
    let causes: Vec<String> = Chain::new(error).map(ToString::to_string).collect();
    Failed {
        name: entry.name.clone(),
        objective: entry.plan.objective.text(),
        lambda: entry.lambda,
        seed: entry.plan.seed,
        reason: causes.join(": "),
    }
}

/// Whether a member of an earlier run was trained under the plan that an entry has now.
fn stands(member: &Member, entries: &[Entry], out: &Path) -> bool {
    let entry = entries.iter().find(|entry| entry.name == member.name);
    entry.is_some_and(|entry| {
        let place = out.join(&entry.name);
        let plan = folder::read_plan(&place.join(folder::PLAN));
        plan.is_ok_and(|plan| plan == entry.plan) && place.join(folder::WEIGHTS).exists()
    })
}

fn said(k: usize, count: usize, member: &Member) -> String {
    let accuracy = member.accuracy.map_or(String::new(), |a| {
        format!(", linear accuracy {:.1} %", 100.0 * a.value)
    });
    format!(
        "{k}/{count} {}: uniformity {:.3}, alignment {:.3}{accuracy}, {:.0} s",
        member.name, member.uniformity, member.alignment, member.seconds
    )
}

/// The figures of a preset; none in a build without them.
fn drawn<'a>(
    preset: Preset,
    zoo: &'a Zoo,
    rows: &'a [CircleRow],
    title: Option<&str>,
) -> Result<Vec<Figure<'a>>, ReportError> {
    let members = &zoo.members;
    let data = Path::new(&zoo.data)
        .file_name()
        .map_or(zoo.data.clone(), |name| name.to_string_lossy().into_owned());
    let absent = match zoo.failed.as_slice() {
        [] => String::new(),
        [one] => format!(" ({} failed: not drawn)", one.name),
        more => format!(" ({} failed: not drawn)", more.len()),
    };
    let titled = |own: String| title.map_or(own, str::to_owned);
    let own = titled(format!("Encoders of {data}{absent}"));
    let mut wanted = vec![figures::scatter(members, &own)];
    match preset {
        Preset::Circle => {
            let own = titled(format!("Encoders of {data} onto the circle{absent}"));
            wanted.push(figures::circles(rows, &own));
        }
        Preset::Sweep => {
            let own = titled(format!("(1 − λ) alignment + λ uniformity on {data}"));
            let gaps: Vec<f64> = zoo.failed.iter().filter_map(|f| f.lambda).collect();
            // One point makes no curve.
            if members.len() > 1 {
                wanted.push(figures::sweep(members, &gaps, &own));
            }
        }
        Preset::Zoo | Preset::Losses => {}
    }
    let built = |drawn: &Result<_, _>| !matches!(drawn, Err(ReportError::NotBuilt { .. }));
    wanted.into_iter().filter(built).collect()
}

/// What the circle figure shows of an encoder onto the circle.
fn circle_row(reference: &Reference) -> CircleRow {
    let [a, b] = &reference.views;
    let apart: Vec<f64> = a
        .outer_iter()
        .zip(b.outer_iter())
        .map(|(x, y)| {
            let squares = x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2));
            squares.sum::<f64>().sqrt()
        })
        .collect();
    let mut distances = [0; DISTANCE_BINS];
    for distance in &apart {
        let bin = (distance / 2.0 * DISTANCE_BINS as f64) as usize;
        distances[bin.min(DISTANCE_BINS - 1)] += 1;
    }
    let angles: Vec<f64> = reference
        .items
        .outer_iter()
        .map(|z| f64::from(z[1]).atan2(f64::from(z[0])))
        .collect();
    let panel = |name: String, wanted: &dyn Fn(Option<u32>) -> bool| {
        let of = angles.iter().zip(&reference.labels);
        let chosen: Vec<f64> = of.filter(|(_, l)| wanted(**l)).map(|(a, _)| *a).collect();
        CirclePanel {
            name,
            n: chosen.len() as u64,
            plane: plane_density(chosen.iter().copied(), CIRCLE_BANDWIDTH, PLANE_CELLS),
            angles: circle_density(chosen.iter().copied(), CIRCLE_BANDWIDTH.powi(-2), ANGLES),
        }
    };
    let mut panels = vec![panel("all".to_owned(), &|_| true)];
    let there = SHOWN
        .into_iter()
        .filter(|class| reference.labels.contains(&Some(*class)));
    panels
        .extend(there.map(|class| panel(format!("class {class}"), &|label| label == Some(class))));
    CircleRow {
        name: reference.member.name.clone(),
        accuracy: reference.member.accuracy,
        mean_distance: apart.iter().sum::<f64>() / apart.len() as f64,
        distances,
        panels,
    }
}
