//! `spherecheck train` and `spherecheck embed`: their words, and what they ask for.

mod args;
mod changes;
mod values;

use super::values::refuse_if;
use crate::train::{Preset, Scale};
use args::ViewOptions;

pub use args::{EmbedRequest, TrainRequest};
pub use values::{Begin, DataPart};

pub(super) const TRAIN_EXAMPLES: &str = "\
Examples:
  An encoder of handwritten digits, with align(2) + uniform(2); about a minute on two cores:
    spherecheck train

  The same encoder with the contrastive loss, and one that saw labels, to compare with:
    spherecheck train --objective contrastive --tau 0.5 --out contrastive
    spherecheck train --objective supervised --out supervised

  The paper's recipe for STL-10, from its binary files; Ctrl-C and --resume as you like:
    spherecheck train --recipe stl10 --data stl10_binary --out stl10
    spherecheck train --resume --out stl10

  The paper's experiments, small: encoders onto the circle, a sweep over the weights of the losses,
  a zoo of twelve encoders to compare models with, alternative losses over five seeds:
    spherecheck train --preset circle --out circle
    spherecheck train --preset sweep --out sweep
    spherecheck train --preset zoo --out zoo
    spherecheck train --preset losses --out losses

  Experiments on data of yours, shrunk to an evening on two cores, beside the paper's numbers; or
  with the paper's plan, on a GPU:
    spherecheck train --preset stl10 --data stl10_binary --out table1
    spherecheck train --preset bookcorpus --data books.txt --tasks mr.tsv,cr.tsv --out table4
    spherecheck train --preset sweep --recipe paper --data stl10_binary --out figure7

Data (told by the files in the folder; nothing is downloaded):
  digits                  1,797 images of 8 x 8, in the program; every fifth is a test item
  CIFAR-10 binary         data_batch_1.bin .. data_batch_5.bin, test_batch.bin
  STL-10 binary           train_X.bin, train_y.bin, test_X.bin, test_y.bin, unlabeled_X.bin
  IDX (MNIST and others)  train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..
  NumPy                   images.npy, labels.npy; or train_images.npy, test_images.npy
                          and their labels; depths.npy beside images, for --preset depth
  NAME.txt                one sentence on each line: neighbours are positives, an empty line is a
                          border between books; the last tenth is for tests; words are what stands
                          between blanks, or the pieces of a --tokenizer

The folder it writes (--out):
  plan.toml  log.csv  weights.safetensors  checkpoint.safetensors
  embeddings.safetensors (items, view_a, view_b)  pairs.npy  labels.npy
  audit.json, .csv, .md and pictures

Exit status:
  0    trained, written and audited
  2    it could not be completed: wrong usage, unreadable files, a loss that is no number, or an
       encoder of a preset failed (the others, the table and the figures are there; --resume
       tries it again)
  130  interrupted by Ctrl-C or SIGTERM; the last step is kept, and --resume goes on from it";

pub(super) const EMBED_EXAMPLES: &str = "\
Examples:
  The test items of the digits under an encoder, and their classes:
    spherecheck embed --weights trained/weights.safetensors --labels test_labels.npy

  The output and what leaves the last hidden layer, of all items in one pass, for probes:
    spherecheck embed --weights stl10/weights.safetensors --data stl10_binary --part all \\
      --layer fc7,output --labels labels.npy --split split.npy
    spherecheck probe embeddings.safetensors --tensor fc7 --labels labels.npy \\
      --train-split split.npy

  An encoder that PyTorch trained, saved by safetensors.torch.save_file(model.state_dict(), ..):
    spherecheck embed --weights encoder.safetensors --architecture small-alexnet --size 64 \\
      --data stl10_binary

  Two random views of each test item, as positives of an audit:
    spherecheck embed --weights trained/weights.safetensors --views 2 --out views.safetensors
    spherecheck audit views.safetensors views.safetensors --tensor view_a --tensor view_b

Exit status:
  0    the embeddings are written
  2    they could not be: wrong usage, unreadable files, weights of another encoder";

impl ViewOptions {
    fn check(&self) -> Result<(), String> {
        let counted = |given: &Option<Vec<f32>>, count| {
            given.as_ref().is_none_or(|given| given.len() == count)
        };
        let crop = counted(&self.crop, 2);
        refuse_if(!crop, "--crop takes two shares, e.g. 0.5,1")?;
        refuse_if(
            !counted(&self.jitter, 4),
            "--jitter takes brightness, contrast, saturation and hue, e.g. 0.4,0.4,0.4,0.1",
        )
    }
}

impl EmbedRequest {
    /// Refuses options that do not go together.
    pub(super) fn check(&self) -> Result<(), String> {
        refuse_if(
            self.views.is_none() && self.differ != ViewOptions::default(),
            "how views differ is asked for, but no views are: give --views 2",
        )?;
        self.differ.check()
    }
}

impl TrainRequest {
    /// Refuses options that do not go together.
    pub(super) fn check(&self) -> Result<(), String> {
        let refuse = |message: &str| Err(message.to_owned());
        let optimisation = &self.optimisation;
        self.views.check()?;
        match (self.recipe, self.preset, &self.data) {
            (Some(Begin::At(scale)), None, _) => {
                let name = scale.name();
                return Err(format!("--recipe {name} belongs to a --preset"));
            }
            (Some(Begin::With(recipe)), Some(preset), _) => {
                let (name, preset) = (recipe.name(), preset.name());
                return Err(format!(
                    "--recipe {name} is of one encoder: with --preset {preset} give --recipe paper or desk"
                ));
            }
            (Some(recipe), _, None) if recipe != Begin::At(Scale::Desk) => {
                return refuse("--recipe needs the data it is for: --data <DATA>");
            }
            _ => {}
        }
        if (self.preset == Some(Preset::Bookcorpus)) == self.tasks.is_empty() {
            return refuse(match self.preset {
                Some(Preset::Bookcorpus) => {
                    "--preset bookcorpus needs sentences with labels to judge by: --tasks mr.tsv,cr.tsv"
                }
                _ => "--tasks belongs to --preset bookcorpus",
            });
        }
        let stepped = optimisation.schedule == Some(values::Pace::Steps);
        let steps = !optimisation.steps.is_empty();
        refuse_if(
            stepped && !steps,
            "--schedule steps needs --steps, e.g. --steps 155,170,185",
        )?;
        refuse_if(
            steps && optimisation.schedule.is_some() && !stepped,
            "--steps belongs to --schedule steps",
        )
    }
}
