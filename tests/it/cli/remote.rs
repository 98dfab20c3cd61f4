//! Addresses where a file may stand: fetched in builds with the feature `cloud`, refused by name in others.

use super::desk::Desk;

#[cfg(not(feature = "cloud"))]
#[test]
fn a_build_that_fetches_nothing_says_so() {
    let desk = Desk::new();
    for address in [
        "s3://bucket/x.npy",
        "https://host/a.npy",
        "gs://bucket/x*.npy",
    ] {
        let said = format!("{address}: this build of spherecheck reads files only");
        desk.refused(&format!("audit {address}"), &said);
        desk.refused(&format!("audit a.npy --pairs {address}"), &said);
        desk.refused(&format!("shard plan {address} -o plan.json"), &said);
    }
    assert!(!desk.path("plan.json").exists());
}

#[cfg(feature = "cloud")]
mod fetched {
    use std::net::{TcpListener, TcpStream};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use predicates::str::{contains, ends_with};
    use serde_json::Value;

    use super::Desk;

    /// The Python that has moto[server], if that is not the one of the path.
    const PYTHON: &str = "SPHERECHECK_PYTHON";

    /// A server that speaks S3, on this machine; it ends with the test.
    struct Server {
        child: Child,
        port: u16,
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn python() -> Command {
        Command::new(std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into()))
    }

    fn server() -> Option<Server> {
        let moto = python().args(["-c", "import moto.server"]).output();
        if !moto.is_ok_and(|ran| ran.status.success()) {
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let child = python()
            .args([
                "-c",
                "import sys; from moto.server import main; main(sys.argv[1:])",
            ])
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let server = Server { child, port };
        let limit = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < limit, "moto does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    /// Puts files of the desk into a bucket.
    fn put(desk: &Desk, port: u16, files: &[&str]) {
        let program = "
import sys, urllib.request as web
base, files = sys.argv[1], sys.argv[2:]
web.urlopen(web.Request(base, method='PUT'))
kind = {'Content-Type': 'application/octet-stream', 'x-amz-acl': 'public-read'}
for name in files:
    data = open(name, 'rb').read()
    web.urlopen(web.Request(f'{base}/{name}', data=data, headers=kind, method='PUT'), timeout=30)
";
        let base = format!("http://127.0.0.1:{port}/bucket");
        let mut run = python();
        run.args(["-c", program, &base]).args(files);
        let ran = run
            .current_dir(desk.path("."))
            .output()
            .expect("Python runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
    }

    fn command(desk: &Desk, port: u16, line: &str) -> assert_cmd::Command {
        let mut command = desk.command(line);
        command.envs([
            ("AWS_ENDPOINT", &format!("http://127.0.0.1:{port}")[..]),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
        command
    }

    fn measures(command: &mut assert_cmd::Command) -> Value {
        let run = command.args(["--format", "json"]).assert().code(0);
        let audit: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
        audit["measures"].clone()
    }

    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    #[test]
    fn an_object_is_read_as_the_file_that_it_is() {
        let Some(server) = server() else {
            return eprintln!("skipped: moto[server] is not installed");
        };
        let (desk, port) = (Desk::new(), server.port);
        let formats = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/formats");
        let mut files = vec!["a.npy", "b.npy", "pairs.npy", "rows.safetensors"];
        if cfg!(feature = "tables") {
            files.push("snappy.parquet");
        }
        for name in &files[3..] {
            let bytes = std::fs::read(format!("{formats}/{name}")).expect(name);
            desk.file(name, bytes);
        }
        put(&desk, port, &files);
        let line = "audit a.npy --pairs pairs.npy";
        let lines = [line, "audit a.npy b.npy"].into_iter();
        let others = files[3..].iter().map(|name| match *name {
            "rows.safetensors" => format!("audit {name} --tensor emb"),
            _ => format!("audit {name}"),
        });
        for line in lines.map(str::to_owned).chain(others) {
            let local = measures(&mut desk.command(&line));
            let of = |base: &str| {
                let words = line.split(' ').map(|word| match word.contains('.') {
                    true => format!("{base}/{word}"),
                    false => word.to_owned(),
                });
                words.collect::<Vec<_>>().join(" ")
            };
            let line = of("s3://bucket");
            assert_eq!(measures(&mut command(&desk, port, &line)), local, "{line}");
            let line = of(&format!("http://127.0.0.1:{port}/bucket"));
            assert_eq!(measures(&mut desk.command(&line)), local, "{line}");
        }
        // In shards, too: the plan names the address, and the bytes behind it.
        let local = measures(&mut desk.command(line));
        let ran = |line: &str| command(&desk, port, line).assert().code(0);
        ran("shard plan s3://bucket/a.npy --pairs s3://bucket/pairs.npy -o plan.json");
        ran("shard run plan.json --shard 1/2");
        ran("shard run plan.json --shard 2/2");
        let merge = "shard merge plan.json part-1-of-2.state part-2-of-2.state";
        assert_eq!(measures(&mut command(&desk, port, merge)), local);
        desk.npy("a.npy", "<f4", (6, 3), &super::super::desk::points(0.1));
        put(&desk, port, &["a.npy"]);
        let changed = || contains("s3://bucket/a.npy: changed since");
        command(&desk, port, merge)
            .assert()
            .code(2)
            .stderr(changed());
        let again = "shard run plan.json --shard 1/2 -o again.state";
        command(&desk, port, again)
            .assert()
            .code(2)
            .stderr(changed());

        let none = "audit s3://bucket/none.npy";
        let said = "s3://bucket/none.npy: cannot be fetched (the server answered 404 Not Found, NoSuchKey); check the address\n";
        command(&desk, port, none)
            .assert()
            .code(2)
            .stderr(ends_with(said));
    }
}
