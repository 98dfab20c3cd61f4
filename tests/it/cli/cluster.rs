//! The files for clusters, checked by docs/cluster/check.py where Python has what it asks for.

use std::process::Command;

use super::desk::Desk;

/// The Python that has submitit and kubernetes-validate, if that is not the one of the path.
const PYTHON: &str = "SPHERECHECK_PYTHON";

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
#[test]
fn the_files_for_clusters_hold() {
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cluster/check.py");
    let desk = Desk::new();
    let values: Vec<u8> = (0..240_u32 * 8)
        .flat_map(|k| ((k * 7919 % 1009 + 1) as f32).sin().to_le_bytes())
        .collect();
    desk.npy("x.npy", "<f4", (240, 8), &values);
    let ran = Command::new(&python)
        .arg(folder)
        .arg(assert_cmd::cargo::cargo_bin!("spherecheck"))
        .arg(desk.path("x.npy"))
        .output();
    let Ok(ran) = ran else {
        return eprintln!("skipped: there is no {}", python.display());
    };
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let lines = said.lines();
    let (skipped, held): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("skipped: "));
    assert_eq!(skipped.len() + held.len(), 2, "{said}");
    skipped.iter().for_each(|line| eprintln!("{line}"));
}
