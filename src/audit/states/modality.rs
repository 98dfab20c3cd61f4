//! What reading how two views differ as a whole needs.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::searched::GroupProducts;
use crate::result::Measure;

/// Two views of unlike things, images and texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Modality {
    pub(crate) groups: GroupProducts,
    /// What a classifier made of rows it had not seen, or why there is none.
    pub(crate) told: Result<ViewAuc, String>,
    /// Alignment and uniformity of the rows less the mean row of their view, or why they were not walked. As JSON: measures
    /// leave absent fields out, which a form without names cannot tell.
    #[serde(serialize_with = "as_json", deserialize_with = "of_json")]
    pub(crate) centred: Centred,
}

/// The AUC of a classifier of the view.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ViewAuc {
    pub(crate) auc: f64,
    pub(crate) se: Option<f64>,
    /// Its degrees of freedom.
    pub(crate) freedom: f64,
    /// Independent draws of the smaller side that was tested on.
    pub(crate) units: u64,
    /// Rows tested on.
    pub(crate) tested: u64,
    /// Rows of both views that the classifier was trained on.
    pub(crate) trained: u64,
}

type Centred = Result<Vec<Measure>, String>;

fn as_json<S: Serializer>(centred: &Centred, to: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_string(centred).map_err(S::Error::custom)?;
    to.serialize_str(&text)
}

fn of_json<'de, D: Deserializer<'de>>(from: D) -> Result<Centred, D::Error> {
    let text = String::deserialize(from)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}
