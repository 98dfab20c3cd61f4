//! The page of a report: one file that asks for nothing, whatever is in it.

use std::process::Command;

use spherecheck::report::{HtmlPage, PAGE_LIMIT};
use spherecheck::result::{Slice, compare};

use super::hostile::{full, spoiled};
use super::*;

fn page(audit: &Audit) -> String {
    let page = HtmlPage::titled(None).with(audit).expect("is written");
    String::from_utf8(page.bytes()).expect("UTF-8")
}

/// The data inside a page.
fn inside(page: &str) -> Audit {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"data-0\">")
        .expect("the data are inside");
    let (json, _) = rest.split_once("</script>").expect("and end");
    serde_json::from_str(json).expect("reads back")
}

/// What every page keeps: its size, two scripts and no more, and nothing that is fetched.
#[track_caller]
fn sound(page: &str) {
    assert!(page.len() <= PAGE_LIMIT, "{} bytes", page.len());
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(
        page.matches("<details").count(),
        page.matches("</details>").count()
    );
    let known = page.replace("http://www.w3.org/2000/svg", "");
    let known = known.split("<script").next().expect("a beginning");
    for asks in [
        "http://",
        "https://",
        "<img",
        "<iframe",
        "<link rel=\"stylesheet\"",
        "@import",
        "url(",
    ] {
        assert!(!known.contains(asks), "{asks}");
    }
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(!page.contains(acts));
}

#[test]
fn a_page_has_all_of_an_audit() {
    let audit = full();
    let page = page(&audit);
    sound(&page);
    assert_eq!(inside(&page), audit);
    for part in [
        "<code title=\"How evenly",
        "Warning:",
        "rows to blame",
        "slices",
        "What was measured",
    ] {
        assert!(page.contains(part), "{part}");
    }
    if cfg!(feature = "plots") {
        assert!(page.contains("role=\"img\" aria-label=\"Alignment and uniformity\""));
        // What the pointer is told.
        assert!(page.contains("<title>a: uniformity −2.5"), "hover values");
    }
    let titled = HtmlPage::titled(Some("<b>Model & co</b>")).with(&audit);
    let titled = String::from_utf8(titled.expect("is written").bytes()).expect("UTF-8");
    assert!(titled.contains("<h1>&lt;b&gt;Model &amp; co&lt;/b&gt;</h1>"));
}

#[test]
fn a_page_of_a_comparison_has_the_definitions_of_its_audits() {
    let mut other = full();
    other.subject.name = "other".to_owned();
    let comparison = compare(&[full(), other], Vec::new(), 0.95).expect("comparable");
    let page = HtmlPage::titled(None)
        .with(&comparison)
        .expect("is written");
    let page = String::from_utf8(page.bytes()).expect("UTF-8");
    sound(&page);
    for part in [
        "<dt>positives</dt><dd>row i of a with row i of b (1,000 pairs",
        "<dt>normalised</dt><dd>rows divided by their L2 norm</dd>",
        "<dt>cross</dt><dd>row i of a against all rows j != i of b</dd>",
        "<dt>duplicates</dt><dd>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn names_are_no_markup_in_a_page() {
    let mut audit = spoiled(&full());
    audit.subject.name = "</title><script>alert(1)</script>\"'<!--".to_owned();
    let page = page(&audit);
    sound(&page);
    assert_eq!(inside(&page), audit);
}

#[test]
fn ten_thousand_slices_do_not_make_a_page_too_large() {
    let mut audit = two_views();
    let one = slices(&audit, 1).remove(0);
    audit.slices = (0..10_000)
        .map(|k| Slice {
            name: format!("<i>slice {k}</i>"),
            ..one.clone()
        })
        .collect();
    let page = page(&audit);
    sound(&page);
    assert!(page.contains("more rows have no room on this page: CSV and JSON have them."));
    assert!(page.contains("The data inside this page are cut"));
    let kept = inside(&page);
    assert!(!kept.slices.is_empty() && kept.slices.len() < 1000);
    assert_eq!(kept.measures, audit.measures);
}

/// Debian's Chromium or another; none where there is none.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|run| run.status.success())
    };
    names.into_iter().find(runs)
}

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn a_browser_shows_the_page_without_a_word_and_without_a_request() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium is installed here");
        return;
    };
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("report.html");
    std::fs::write(&file, page(&spoiled(&full()))).expect("written");
    let run = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--enable-logging=stderr",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ])
        .arg(format!(
            "--user-data-dir={}",
            dir.path().join("profile").display()
        ))
        .arg(format!(
            "--log-net-log={}",
            dir.path().join("net.json").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("it runs");
    let shown = String::from_utf8_lossy(&run.stdout);
    // The script ran: heads of tables are buttons.
    assert!(shown.contains("<button>"), "{shown}");
    let said = String::from_utf8_lossy(&run.stderr);
    let console: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:?}");
    let net = std::fs::read_to_string(dir.path().join("net.json")).expect("a log");
    // The browser itself asks its maker for updates; whatever a page asks for has an origin.
    let initiators = net.split("\"initiator\":\"").skip(1);
    let mut pages = initiators.filter(|rest| !rest.starts_with("not an origin\""));
    assert_eq!(pages.next(), None, "a request of the page");
    assert!(net.contains("URL_REQUEST"), "the log is one of requests");
}

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn axe_finds_nothing_that_keeps_anybody_from_reading_the_page() {
    let given = ["SPHERECHECK_PAGE_MODULES", "SPHERECHECK_BROWSER"].map(std::env::var_os);
    let [Some(modules), Some(browser)] = given else {
        eprintln!(
            "skipped: axe needs node, SPHERECHECK_BROWSER (the path of Chromium) and SPHERECHECK_PAGE_MODULES (a node_modules \
             folder with puppeteer-core and axe-core)"
        );
        return;
    };
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("report.html");
    std::fs::write(&file, page(&spoiled(&full()))).expect("written");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/judge.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(modules).arg(browser).arg(file);
    let run = node.output().expect("node runs");
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(run.status.success(), "{}", said.concat());
}
