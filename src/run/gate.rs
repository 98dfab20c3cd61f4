//! `spherecheck gate`: everything that can refuse does so before anything is written, and the verdict that is printed
//! is the exit status.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::exit::{Exit, print, say_written, watched};
use super::measure::{Opened, alias};
use super::subject::SavedOrOpen;
use super::walker::WalkerChoice;
use crate::backend::Backend;
use crate::cli::{Candidate, GateRequest};
use crate::console::{Cancel, Console};
use crate::drift::MOST_PERMUTATIONS;
use crate::gate::{Baseline, BaselineFit, Decision, Policy, Verdict, draft, judge};
use crate::input::{self, InputError};
use crate::metric::{Family, MetricId};
use crate::output::{writable, write_all};
use crate::report::{
    self, Destination, HtmlPage, PAGE, Report, ReportError, SUMMARY_LIMIT, annotations, junit,
    printable, summary,
};
use crate::result::Audit;

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Pass => Exit::Fine,
            Decision::Violated => Exit::Violated,
            Decision::Undecided => Exit::Undecided,
        }
    }
}

pub(super) fn gate(
    request: &GateRequest,
    console: &mut Console<'_>,
    cancel: &Cancel,
) -> anyhow::Result<Exit> {
    let options = &request.options;
    let policy = match &options.policy {
        Some(path) if !options.init => read_policy(path)?,
        _ => return init(request, console, cancel),
    };
    let reference = request.reference.as_deref().map(Opened::open);
    let reference = reference.transpose()?;
    if let Some(reference) = &reference {
        reference.say(console);
    } else if policy.needs_reference() {
        anyhow::bail!(
            "{}: a rule is about parity with a reference, and none is given; give --parity-with FILE, the embeddings of the \
             same rows by the reference",
            policy.source
        );
    }
    let baseline = read_baseline(request)?;
    // A rule about a number that is measured only where it is asked for asks for it.
    let candidate = request.candidate.clone().asked(|settings| {
        settings.search |= policy.needs(MetricId::of_search);
        let of = |family| policy.needs(|metric| metric.family() == family);
        settings.spectrum |= of(Family::Spectrum);
        settings.classes |= of(Family::Classes);
        settings.modality |= of(Family::Modality);
    });
    let least = deals(&policy, &candidate)?;
    let candidate = candidate.dealt(least);
    let (subject, backend) = open(request, &candidate, console)?;
    if options.ratchet {
        may_ratchet(&policy, &subject)?;
    }
    let step_summary = step_summary()?;
    let out = prepare_outputs(request)?;
    let like = baseline.as_ref().and_then(|b| b.neighbours.as_ref());
    let near = policy.needs_neighbours().then_some(like);
    let output = &request.common.output;
    let audited = watched(output.progress(), console, cancel, |watch| {
        subject.audit((near, reference), &*backend, watch)
    })?;
    let Some((audit, neighbours)) = audited else {
        return Ok(Exit::Interrupted);
    };

    let path = options.baseline.as_ref();
    let path = path.map(|path| path.display().to_string());
    let paired = match (&baseline, &path) {
        (Some(baseline), Some(path)) => baseline.fits(path, &audit)?,
        _ => false,
    };
    let against = path.as_deref().map(|path| BaselineFit {
        path,
        baseline: baseline.as_ref(),
        paired,
        neighbours: neighbours.as_ref(),
    });
    let mut verdict = judge(&audit, &policy, against).with_context(|| policy.source.clone())?;
    let hidden = request.common.redact.then(|| audit.redacted(&alias(0)));
    if hidden.is_some() {
        verdict = verdict.redacted(&audit, &alias(0));
    }
    let shown = hidden.as_ref().unwrap_or(&audit);

    let style = console.style(request.common.details);
    let report = report::render(&verdict, output.format, style)?;
    let note = step_summary.as_ref().and_then(|(_, used)| {
        let room = SUMMARY_LIMIT.saturating_sub(*used);
        summary(&verdict, room)
    });
    let update = options.update_baseline;
    let why_not = refused_update(request, &verdict, baseline.as_ref()).filter(|_| update);
    let lock = (update && why_not.is_none()).then(|| Baseline {
        neighbours,
        ..Baseline::of(&audit)
    });
    let files = outputs(request, out.as_ref(), (&verdict, shown), lock.as_ref())?;
    if let Some(out) = &out {
        out.make()?;
    }
    let written = write_all(files)?;
    if let (Some((path, _)), Some(text)) = (&step_summary, note) {
        append(path, &text)?;
    }
    let printed = print(&report, console);
    say_written(&written, output.quiet, console);
    if let Some(why) = why_not.filter(|_| !output.quiet) {
        console.note(why);
    }
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        for line in annotations(&verdict) {
            console.verbatim(&line);
        }
    }
    printed?;
    if options.exit_zero {
        return Ok(Exit::Fine);
    }
    Ok(verdict.decision.into())
}

/// Random deals that the rules on drift take; refuses rules without a reference, and limits that no number of deals reaches.
fn deals(policy: &Policy, candidate: &Candidate) -> anyhow::Result<usize> {
    let Candidate::Files(request) = candidate else {
        return Ok(0);
    };
    anyhow::ensure!(
        request.drift.is_some() || !policy.needs(|metric| metric.family() == Family::Drift),
        "{}: a rule is about drift, and no reference is given; give --drift-from REFERENCE, or take the rule out",
        policy.source
    );
    let deals = policy.deals();
    anyhow::ensure!(
        deals <= MOST_PERMUTATIONS,
        "{}: the rules on drift_p take {deals} random deals to fail at their limits, expected at most \
         {MOST_PERMUTATIONS}; raise the smallest limit",
        policy.source
    );
    Ok(deals)
}

/// The candidate, and who walks its pairs.
fn open<'a>(
    request: &GateRequest,
    candidate: &'a Candidate,
    console: &mut Console<'_>,
) -> anyhow::Result<(SavedOrOpen<'a>, Box<dyn Backend>)> {
    let walker = WalkerChoice::named(&request.common)?;
    let subject = SavedOrOpen::open(candidate)?;
    subject.say(console);
    let backend = walker.settled(subject.shape())?;
    Ok((subject, backend))
}

fn init(request: &GateRequest, console: &mut Console<'_>, cancel: &Cancel) -> anyhow::Result<Exit> {
    let policy = &request.options.policy;
    if let Some(path) = policy {
        anyhow::ensure!(
            !path.exists(),
            "{}: is there already; --init does not overwrite a policy: give --policy another name, or remove it",
            path.display()
        );
        writable(path)?;
    }
    // What a search finds tells a broken encoder that other numbers call better.
    let candidate = match &request.candidate {
        Candidate::Files(files) if files.has_positives() => {
            let candidate = request.candidate.clone();
            candidate.asked(|settings| settings.search = true)
        }
        other => other.clone(),
    };
    let (subject, backend) = open(request, &candidate, console)?;
    let output = &request.common.output;
    let audited = watched(output.progress(), console, cancel, |watch| {
        subject.audit((None, None), &*backend, watch)
    })?;
    let Some((mut audit, _)) = audited else {
        return Ok(Exit::Interrupted);
    };
    // Names in a saved audit are anyone's, and line ends in them would be rules.
    audit.subject.name = printable(&audit.subject.name);
    for measure in &mut audit.measures {
        let params = std::mem::take(&mut measure.params).into_iter();
        measure.params = params
            .map(|(name, value)| (printable(&name), value))
            .collect();
    }
    let draft = draft(&audit, request.options.margin);
    match policy {
        None => print(draft.text.as_bytes(), console)?,
        Some(path) => {
            write_all(vec![(path.clone(), draft.text.into_bytes())])?;
            if !output.quiet {
                console.note(format_args!(
                    "wrote {}; read it, and change what you do not mean",
                    path.display()
                ));
            }
        }
    }
    if !output.quiet {
        for warning in draft.warnings {
            console.note(format_args!("warning: {warning}"));
        }
    }
    Ok(Exit::Fine)
}

fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let shown = path.display();
    let bytes = input::read_document(path, input::MOST_TOML).with_context(|| {
        format!(
            "{shown}: this policy cannot be read; `spherecheck gate AUDIT --init --policy {shown}` writes one to start from"
        )
    })?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{shown}: this policy is not UTF-8 text; save it as UTF-8"))?;
    Ok(Policy::parse(&shown.to_string(), &text)?)
}

/// Refuses a ratchet that a worthless model would turn: it must not become what later ones are held against.
fn may_ratchet(policy: &Policy, subject: &SavedOrOpen) -> anyhow::Result<()> {
    let what = "add no_worse_than_baseline on contrastive_limit, which says what better means";
    anyhow::ensure!(
        policy.needs_baseline(),
        "{}: --ratchet needs a rule with no_worse_than_baseline; {what}",
        policy.source
    );
    anyhow::ensure!(
        subject.has_positives(),
        "--ratchet needs positives: without them random vectors would be better than any model and become the baseline; \
         give --pairs, --labels or a second view, or update the baseline by hand (--update-baseline alone)"
    );
    if let Some(why) = policy.slips() {
        anyhow::bail!("{}: --ratchet is refused: {why}; {what}", policy.source);
    }
    Ok(())
}

/// The baseline; none where it is yet to be made.
fn read_baseline(request: &GateRequest) -> anyhow::Result<Option<Baseline>> {
    let Some(path) = &request.options.baseline else {
        return Ok(None);
    };
    let shown = path.display();
    match input::read_document(path, input::MOST_JSON) {
        Ok(bytes) => Ok(Some(Baseline::read(&shown.to_string(), &bytes)?)),
        Err(InputError::Missing { .. }) if request.options.update_baseline => Ok(None),
        Err(error) => Err(error).with_context(|| {
            format!(
                "{shown}: this baseline cannot be read; give its path, or make the first one with --update-baseline"
            )
        }),
    }
}

/// Finds out whether every place where output goes takes files.
fn prepare_outputs(request: &GateRequest) -> Result<Option<Destination>, ReportError> {
    let out = request.common.out.as_deref();
    let out = out.map(Destination::prepare).transpose()?;
    let options = &request.options;
    let baseline = options.baseline.iter().filter(|_| options.update_baseline);
    // A file inside --out lies where that is made.
    let inside =
        |path: &Path| path.parent().is_some() && path.parent() == request.common.out.as_deref();
    let apart = options.junit.iter().chain(baseline);
    for path in apart.filter(|path| !inside(path)) {
        writable(path)?;
    }
    Ok(out)
}

/// Every file that is to be written.
fn outputs(
    request: &GateRequest,
    out: Option<&Destination>,
    (verdict, audit): (&Verdict, &Audit),
    lock: Option<&Baseline>,
) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    if let Some(out) = out {
        let figures = &request.common.figures;
        let mut reports = report::files(verdict, ["gate.json", "gate.csv", "gate.md"], figures)?;
        let title = figures.title.as_deref();
        reports.extend(report::drawn(&audit.figures(title), &figures.forms)?);
        // The verdict, and what it is about.
        let page = HtmlPage::titled(title).with(verdict)?.with(audit)?;
        reports.push((PAGE.to_owned(), page.bytes()));
        let placed = |(name, bytes)| (out.dir().join(name), bytes);
        files.extend(reports.into_iter().map(placed));
        files.push((out.dir().join("gate.xml"), junit(verdict)?));
        files.push((out.dir().join("audit.json"), audit.json()?));
    }
    if let Some(path) = &request.options.junit {
        files.push((path.clone(), junit(verdict)?));
    }
    if let (Some(path), Some(lock)) = (&request.options.baseline, lock) {
        files.push((path.clone(), lock.to_json()?));
    }
    Ok(files)
}

/// Why the candidate does not become the baseline, if it does not.
fn refused_update(
    request: &GateRequest,
    verdict: &Verdict,
    baseline: Option<&Baseline>,
) -> Option<&'static str> {
    if verdict.decision != Decision::Pass {
        return Some("the baseline is as it was: the gate does not pass");
    }
    let slips = request.options.ratchet && baseline.is_some() && !verdict.better_than_baseline();
    slips.then_some(
        "the baseline is as it was: the candidate is not better (significantly in one number, and worse in none)",
    )
}

/// `$GITHUB_STEP_SUMMARY`, and the bytes it holds already.
fn step_summary() -> anyhow::Result<Option<(PathBuf, usize)>> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let refused = || {
        format!(
            "{}: GITHUB_STEP_SUMMARY names this file, which takes no summary; unset it, or let it be written to",
            path.display()
        )
    };
    if !path.exists() {
        // Found out without leaving a file behind.
        writable(&path).with_context(refused)?;
        return Ok(Some((path, 0)));
    }
    let file = OpenOptions::new()
        .append(true)
        .open(&path)
        .with_context(refused)?;
    let used = file.metadata().map_or(0, |meta| meta.len());
    Ok(Some((path, usize::try_from(used).unwrap_or(usize::MAX))))
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{}: the step summary could not be written", path.display()))
}
