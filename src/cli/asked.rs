//! What is measured only where it is asked for, beside `--search`.

use crate::audit::Settings;

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Metrics")]
pub(super) struct AskedArgs {
    /// Also ranks and spreads of the spectrum: RankMe, participation ratio, columns that hold 90 % of the variance; with
    /// --out a picture and spectrum.csv. A budget does not count it
    #[arg(long)]
    spectrum: bool,
    /// Also, of rows with --labels, how far classes stand apart and how many rows are nearest to the mean of their own
    #[arg(long, requires = "labels")]
    classes: bool,
    /// Also, of two views, how images differ from texts as a whole: gap, linear separability, uniformity and alignment of
    /// rows without the mean row of their view
    #[arg(long, conflicts_with = "labels")]
    modality: bool,
}

impl AskedArgs {
    /// The settings with what is asked for.
    pub(super) fn of(&self, settings: Settings) -> Settings {
        Settings {
            spectrum: self.spectrum,
            classes: self.classes,
            modality: self.modality,
            ..settings
        }
    }
}
