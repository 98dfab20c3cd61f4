//! `spherecheck train --preset`: several reference encoders in one go, their table and their figures.

use std::path::{Path, absolute};

use anyhow::{Chain, Context};

use super::exit::{Exit, deliver};
use super::walker::processor;
use super::zoo::{self, INDEX as ZOO};
use crate::backend::on_host;
use crate::cli::{Begin, TrainRequest};
use crate::console::{Cancel, Console};
use crate::metric::{circle_density, plane_density};
use crate::report::figures::{
    self, CIRCLE_BANDWIDTH, CirclePanel, CircleRow, DISTANCE_BINS, PLANE_CELLS,
};
use crate::report::{self, Destination, Figure, FigureForm, HtmlPage, PAGE, Report, ReportError};
use crate::result::{Beside, Failed, Member, ZOO_SCHEMA, Zoo};
use crate::train::data::{Task, Vocabulary};
use crate::train::{
    self, Judging, Keep, Outlook, Preset, PresetEntry, Reading, Reads, ReferenceEncoder, Scale,
    TrainError, folder,
};

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
    let pieces = request.tokenizer.as_deref().map(Vocabulary::open);
    let data = train::data::open(named, pieces.transpose()?.as_ref())?;
    preset.check(&data)?;
    let tasks = request.tasks.iter().map(|path| Task::open(path));
    let tasks: Vec<Task> = tasks.collect::<Result<_, _>>()?;
    let scale = match request.recipe {
        Some(Begin::At(scale)) => scale,
        _ => Scale::Desk,
    };
    let judging = Judging {
        reads: preset.reads(),
        tasks: &tasks,
        scale,
    };
    let shared = preset.plan(scale, named, &data);
    let augment = shared.augment_for(&data);
    let shared = request.apply(shared, augment).located();
    let mut entries = preset.entries(&shared);
    for entry in &mut entries {
        if let Some(from) = &entry.from {
            let weights = absolute(out)?.join(from).join(folder::WEIGHTS);
            entry.plan.init = Some(weights.display().to_string());
        }
    }
    let occupied = |entry: &PresetEntry| folder::occupied(&out.join(&entry.name));
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
            paper: None,
        },
    };
    let mut paper = zoo.paper.take().unwrap_or_default();
    paper.source = preset.source().to_owned();
    paper.differs = preset.differs(scale, &shared, &data);
    // What failed is tried again.
    zoo.failed.clear();
    zoo.members.retain(|member| stands(member, &entries, out));
    paper
        .numbers
        .retain(|number| zoo.members.iter().any(|m| m.name == number.encoder));
    zoo.paper = Some(paper);
    if !request.output.quiet {
        data.notes.iter().for_each(|note| console.note(note));
    }
    let to_do: Vec<PresetEntry> = entries
        .iter()
        .filter(|entry| zoo.members.iter().all(|member| member.name != entry.name))
        .cloned()
        .collect();
    if !to_do.is_empty() {
        let watch = console.progress(request.output.progress(), cancel);
        let place = (&device, &*backend);
        let found = on_host(&*backend, || train::outlook(&to_do, &data, place, &watch));
        drop(watch);
        // What keeps one encoder from learning is told where it learns.
        match found {
            Err(error) if error.is_the_encoders() => {}
            found => {
                let outlook = found?;
                if !request.output.quiet && !cancel.requested() {
                    console.note(ahead(&outlook, to_do.len(), out));
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (k, entry) in entries.iter().enumerate() {
        let place = out.join(&entry.name);
        let known = |name: &str| zoo.members.iter().find(|member| member.name == name);
        if let Some(member) = known(&entry.name) {
            if preset == Preset::Circle {
                let again =
                    || train::reference_in(&place, member.clone(), &entry.plan, &data, &device);
                rows.push(circle_row(&on_host(&*backend, again)?));
            }
            continue;
        }
        let missing = entry.from.as_ref().filter(|from| known(from).is_none());
        if let Some(from) = missing {
            let reason = format!("it goes on from {from}, which has no numbers");
            zoo.failed.push(Failed {
                reason,
                ..failed(entry, None)
            });
            continue;
        }
        let keep = Keep::new(&place, request.checkpoint_every.unwrap_or_default());
        let watch = console.progress(request.output.progress(), cancel);
        let made = on_host(&*backend, || {
            let on = (&device, &*backend);
            let keep = (Some(&keep), request.resume);
            train::reference(entry, judging, &data, on, keep, &watch)
        });
        drop(watch);
        let made = match made {
            Err(error) if error.is_the_encoders() => {
                let failed = failed(entry, Some(&error));
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
        beside(&mut zoo, preset, &reference);
        zoo.members.push(reference.member);
        // After each, so that an interrupted study can go on.
        destination.place(vec![(ZOO.to_owned(), zoo.json()?)])?;
        folder::drop_checkpoint(&place)?;
    }
    // In the order of the preset, whichever were there before.
    let place = |name: &str| entries.iter().position(|entry| entry.name == name);
    zoo.members.sort_by_key(|member| place(&member.name));
    let (name, told) = on_host(&*backend, || train::baselines(&data, judging, &*backend))?;
    if let Some(paper) = &mut zoo.paper {
        paper.numbers.sort_by_key(|number| place(&number.encoder));
        let told = told.iter().map(|reading| number(preset, name, reading));
        paper.numbers.extend(told);
    }
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

/// What lies ahead, in words.
fn ahead(outlook: &Outlook, encoders: usize, out: &Path) -> String {
    format!(
        "ahead: {encoders} encoders, {} steps of {} each (measured): about {}, and what is read from them; {} in {}",
        outlook.steps,
        report::seconds(outlook.step_seconds),
        report::seconds(outlook.seconds()),
        report::bytes(outlook.bytes),
        out.display()
    )
}

/// Adds the numbers of an encoder to those beside the paper's.
fn beside(zoo: &mut Zoo, preset: Preset, reference: &ReferenceEncoder) {
    let Some(paper) = &mut zoo.paper else { return };
    let member = &reference.member;
    paper.numbers.retain(|number| number.encoder != member.name);
    let read = reference.readings.iter();
    let mut numbers: Vec<Beside> = read.map(|r| number(preset, &member.name, r)).collect();
    let metrics = [
        ("alignment", member.alignment),
        ("exp(uniformity)", member.uniformity.exp()),
    ];
    for (reading, value) in metrics {
        let papers = preset.papers(&member.name, reading);
        numbers.extend(papers.map(|papers| Beside {
            encoder: member.name.clone(),
            reading: reading.to_owned(),
            quantity: None,
            value,
            interval: None,
            paper: Some(papers),
        }));
    }
    // Where the paper has no number of the experiment, the table of encoders says all.
    let known = |number: &Beside| number.paper.is_some();
    let plain = matches!(preset.reads(), Reads::Output | Reads::OutputByAdam);
    if !plain || numbers.iter().any(known) {
        paper.numbers.extend(numbers);
    }
}

fn number(preset: Preset, encoder: &str, reading: &Reading) -> Beside {
    Beside {
        encoder: encoder.to_owned(),
        reading: reading.text.clone(),
        quantity: Some(reading.score.quantity),
        value: reading.score.value,
        interval: Some([reading.score.low, reading.score.high]),
        paper: preset.papers(encoder, &reading.place),
    }
}

/// What is left of an encoder that has no numbers: its name and why.
fn failed(entry: &PresetEntry, error: Option<&TrainError>) -> Failed {
    let causes = error.into_iter().flat_map(|error| Chain::new(error));
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    Failed {
        name: entry.name.clone(),
        objective: entry.plan.objective.text(),
        lambda: entry.lambda,
        seed: entry.plan.seed,
        reason: causes.join(": "),
    }
}

/// Whether a member of an earlier run was trained under the plan that an entry has now.
fn stands(member: &Member, entries: &[PresetEntry], out: &Path) -> bool {
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
        Preset::Finetune => {
            let own = titled(format!("From a poor encoder of {data} on{absent}"));
            // The poor one alone is no run.
            if members.len() > 1 {
                wanted.push(figures::finetune(members, &own));
            }
        }
        _ => {}
    }
    let built = |drawn: &Result<_, _>| !matches!(drawn, Err(ReportError::NotBuilt { .. }));
    wanted.into_iter().filter(built).collect()
}

/// What the circle figure shows of an encoder onto the circle.
fn circle_row(reference: &ReferenceEncoder) -> CircleRow {
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
