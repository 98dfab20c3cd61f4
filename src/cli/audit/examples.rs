//! Examples of `spherecheck audit`.

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  One file of rows, and a file with two columns of zero-based row numbers that belong together:
    spherecheck audit vectors.npy --pairs pairs.npy

  Two tensors of one file, other exponents and temperatures, and every report kept:
    spherecheck audit views.safetensors views.safetensors --tensor query --tensor passage \\
      --alpha 1,2 --t 1,2,3 --tau 0.05,0.1 --out report

  Two aligned views: row i of one file belongs with row i of the other:
    spherecheck audit images.npy captions.npy

  Two views whose rows are in no common order: rows of the same id belong together:
    spherecheck audit images.parquet captions.parquet --ids-tensor id

  Queries and the documents that answer them, by their ids:
    spherecheck audit queries.npy docs.npy --qrels qrels.tsv --ids q_ids.csv --ids d_ids.csv

  Labels: rows that share a label belong together:
    spherecheck audit vectors.npy --labels classes.csv --labels-tensor class

  Embeddings and labels as columns of one table:
    spherecheck audit table.parquet --tensor embedding --labels table.parquet --labels-tensor class

  Quantised vectors as they are served: codes of a byte with zero point 128, or packed bits:
    spherecheck audit codes.npy --dtype u8 --scale 0.01 --offset -1.28
    spherecheck audit packed.npy --unpack bits

  Rows and their ids in several files, read in natural order (emb_2 before emb_10):
    spherecheck audit 'emb_*.npy' --ids 'part-*.parquet' --ids-tensor id

  Drift: this week's rows against a reference that was drawn at random:
    spherecheck audit week.npy --drift-from reference.npy

  Millions of rows: what all pairs would take, then an estimate in half a minute:
    spherecheck audit many.npy --dry-run
    spherecheck audit many.npy --budget 30s

Exit status:
  0    the audit is complete
  2    it could not be completed: wrong usage, unreadable files, data that were refused
  130  interrupted by Ctrl-C or SIGTERM

Environment:
  SPHERECHECK_KERNEL  forces how the all-pairs pass computes: portable, neon, avx2 or avx512
  SPHERECHECK_NVRTC   1 compiles the GPU's kernels for the card at hand, where libnvrtc is installed
  SPHERECHECK_WGMMA   0 leaves a Hopper GPU to the kernels for every card
  NO_COLOR            no colours, unless --color always is given
  CLICOLOR_FORCE      colours even where output is not a terminal";
