//! What the program tells of itself to shells, manuals and papers: completions, a man page, how to cite it, its version.

use std::io;
use std::sync::OnceLock;

use clap::ValueEnum;
use clap_complete::Shell;

use crate::kernel;

/// What `--generate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// Completions for Bash
    CompletionsBash,
    /// Completions for Zsh
    CompletionsZsh,
    /// Completions for fish
    CompletionsFish,
    /// Completions for PowerShell
    CompletionsPowershell,
    /// The manual page, of all subcommands
    Man,
    /// How to cite the tool and the paper of its metrics
    Bibtex,
}

impl Generated {
    /// Its bytes, of the program's grammar.
    ///
    /// # Errors
    /// Those of writing to memory.
    pub(super) fn bytes(self, program: clap::Command) -> io::Result<Vec<u8>> {
        Ok(match self {
            Self::CompletionsBash => completions(Shell::Bash, program),
            Self::CompletionsZsh => completions(Shell::Zsh, program),
            Self::CompletionsFish => completions(Shell::Fish, program),
            Self::CompletionsPowershell => completions(Shell::PowerShell, program),
            Self::Man => return manual(program),
            Self::Bibtex => BIBTEX.as_bytes().to_vec(),
        })
    }
}

fn completions(shell: Shell, mut program: clap::Command) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut program, "spherecheck", &mut out);
    out
}

/// One page: that of the program, and under a heading for each subcommand its own as subsections.
fn manual(program: clap::Command) -> io::Result<Vec<u8>> {
    // The page is of any machine: it has the number alone.
    let mut program = program
        .version(env!("CARGO_PKG_VERSION"))
        .long_version(env!("CARGO_PKG_VERSION"));
    program.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(program.clone()).render(&mut out)?;
    for own in program
        .get_subcommands()
        .filter(|own| own.get_name() != "help")
    {
        let page = clap_mangen::Man::new(own.clone());
        let mut body = Vec::new();
        page.render_synopsis_section(&mut body)?;
        page.render_description_section(&mut body)?;
        page.render_options_section(&mut body)?;
        if own.has_subcommands() {
            page.render_subcommands_section(&mut body)?;
        }
        page.render_extra_section(&mut body)?;
        let body = String::from_utf8_lossy(&body).replace("\n.SH ", "\n.SS ");
        out.extend(format!(".SH SPHERECHECK {}\n", own.get_name().to_uppercase()).bytes());
        out.extend(body.bytes());
    }
    Ok(out)
}

const BIBTEX: &str = concat!(
    "@software{spherecheck,
  author  = {{",
    env!("CARGO_PKG_AUTHORS"),
    "}},
  title   = {spherecheck: exact alignment, uniformity and contrastive limits of embeddings},
  version = {",
    env!("CARGO_PKG_VERSION"),
    "},
  url     = {",
    env!("CARGO_PKG_REPOSITORY"),
    "}
}

@inproceedings{wang2020understanding,
  title     = {Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere},
  author    = {Wang, Tongzhou and Isola, Phillip},
  booktitle = {Proceedings of the 37th International Conference on Machine Learning},
  series    = {Proceedings of Machine Learning Research},
  volume    = {119},
  pages     = {9929--9939},
  publisher = {PMLR},
  year      = {2020}
}
"
);

/// Features of the build, each with whether it is there.
const FEATURES: &[(&str, bool)] = &[
    ("tables", cfg!(feature = "tables")),
    ("plots", cfg!(feature = "plots")),
    ("train", cfg!(feature = "train")),
    ("gpu", cfg!(feature = "gpu")),
    ("train-cuda", cfg!(feature = "train-cuda")),
    ("train-metal", cfg!(feature = "train-metal")),
    ("metal", cfg!(feature = "metal")),
    ("cloud", cfg!(feature = "cloud")),
];

/// What `--version` says after the name: number, commit where the build knows it, features, and what the processor can.
pub(super) fn version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        // Set where releases are built; a build of sources alone knows none, and says none.
        let commit = option_env!("SPHERECHECK_COMMIT").filter(|commit| !commit.is_empty());
        let commit = commit.map(|commit| format!(" ({commit})"));
        let features: Vec<String> = FEATURES
            .iter()
            .map(|(name, there)| format!("{}{name}", if *there { '+' } else { '-' }))
            .collect();
        let kernels: Vec<&str> = kernel::available().into_iter().map(|k| k.name()).collect();
        format!(
            "{}{}\nfeatures: {}\nkernels:  {} (the first is used, unless SPHERECHECK_KERNEL names another)",
            env!("CARGO_PKG_VERSION"),
            commit.unwrap_or_default(),
            features.join(" "),
            kernels.join(" "),
        )
    })
}
