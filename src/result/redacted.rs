//! An audit without what names its owner's data: no path, id, text, slice or other name from files.
//!
//! The numbers stay, to the bit. What is free text is kept only where the names in it are known and can be replaced.

use super::against::Against;
use super::audited::{Audit, Note, Severity};
use super::zoo::Zoo;

/// What stands for the positives' source where it named a file.
const LISTED: &str = "listed pairs";

/// Sources of positives that name nothing.
const NAMELESS: [&str; 2] = ["row i of a with row i of b", "none"];

impl Audit {
    /// The same audit, called `name`, for reports that leave the house.
    ///
    /// Files are called after it, slices `slice 1`, `slice 2`, ... in their order, reference encoders `encoder 1`, ...;
    /// ids and texts are gone, the sketch of the ids' hashes, too, as short ids can be guessed from it. Remarks of
    /// information, which tell how files were read and may quote any of it, are left out and counted; in warnings the
    /// names are replaced. Digests of all ids or pairs stay: they pair audits.
    #[must_use]
    pub fn redacted(&self, name: &str) -> Self {
        let mut out = self.clone();
        let second = format!("{name}, second view");
        let mut names = vec![(self.subject.a.source.clone(), name.to_owned())];
        out.subject.name = name.to_owned();
        out.subject.a.source = name.to_owned();
        if let Some(b) = &mut out.subject.b {
            names.push((std::mem::replace(&mut b.source, second.clone()), second));
        }
        if let Some(positives) = &mut out.subject.positives {
            let source = std::mem::take(&mut positives.source);
            positives.source = nameless(&source).to_owned();
            names.push((source, positives.source.clone()));
        }
        if let Some(drift) = &mut out.drift {
            let alias = "the reference".to_owned();
            names.push((std::mem::replace(&mut drift.source, alias.clone()), alias));
        }

        let slices: Vec<(String, String)> = self
            .slices
            .iter()
            .map(|slice| (slice.name.clone(), self.slice_alias(&slice.name)))
            .collect();
        warnings(&mut out.notes, &mut names, &slices);
        for (slice, (_, alias)) in out.slices.iter_mut().zip(&slices) {
            slice.name.clone_from(alias);
            warnings(&mut slice.notes, &mut names, &slices);
            if let Some(pairing) = &mut slice.pairing {
                pairing.ids_sketch = None;
            }
        }
        if let Some(pairing) = &mut out.pairing {
            pairing.ids_sketch = None;
        }
        if let Some(offenders) = &mut out.offenders {
            offenders.label(None, [None, None]);
        }
        for circle in &mut out.distributions.circles {
            for (k, class) in (1..).zip(&mut circle.classes) {
                class.name = format!("class {k}");
            }
        }
        out.against = self.against.as_ref().map(|against| against.redacted(name));
        out
    }

    /// What a slice of this name is called where names are left out.
    pub fn slice_alias(&self, name: &str) -> String {
        let place = self.slices.iter().position(|slice| slice.name == name);
        place.map_or_else(
            || "a slice".to_owned(),
            |place| format!("slice {}", place + 1),
        )
    }
}

impl Against {
    /// The same places under names that tell nothing.
    fn redacted(&self, name: &str) -> Self {
        let mut own = self.own.clone();
        own.name = name.to_owned();
        let members = (1..).zip(&self.members).map(|(k, (member, _))| {
            let mut member = member.clone();
            member.name = format!("encoder {k}");
            member.objective = member.kind.name().to_owned();
            member
        });
        let zoo = Zoo {
            schema: super::zoo::ZOO_SCHEMA.to_owned(),
            data: "other data".to_owned(),
            members: members.collect(),
            failed: Vec::new(),
            paper: None,
        };
        Self::new(own, &zoo, "reference encoders")
    }
}

impl Note {
    /// The same note with these names, each as a whole word, replaced by those beside them.
    pub(crate) fn renamed(self, names: &mut [(String, String)]) -> Self {
        // The longest first: a name may be part of another.
        names.sort_by_key(|(found, _)| std::cmp::Reverse(found.len()));
        let text = names.iter().fold(self.text, |text, (name, alias)| {
            replaced(&text, name, alias)
        });
        Self { text, ..self }
    }
}

/// What tells how positives were found without naming where.
fn nameless(source: &str) -> &str {
    let same = |what: &'static str| source.starts_with(what).then_some(what);
    NAMELESS
        .into_iter()
        .find(|known| *known == source)
        .or_else(|| same("rows of the same label"))
        .or_else(|| same("rows of the same id"))
        .unwrap_or(LISTED)
}

/// Leaves the warnings, with names replaced, and says how many remarks are gone.
fn warnings(notes: &mut Vec<Note>, names: &mut [(String, String)], slices: &[(String, String)]) {
    let all = notes.len();
    notes.retain(|note| note.severity == Severity::Warning);
    let gone = all - notes.len();
    for note in notes.iter_mut() {
        let of = slices.iter().find_map(|(name, alias)| {
            let text = note.text.strip_prefix("Slice ").unwrap_or(&note.text);
            let rest = text.strip_prefix(name)?.strip_prefix(": ")?;
            Some(format!("{alias}: {rest}"))
        });
        let text = of.unwrap_or_else(|| std::mem::take(&mut note.text));
        // The one warning that quotes a label.
        let text = match (text.starts_with("Label `"), text.rfind('`')) {
            (true, Some(end)) => format!("One label{}", &text[end + 1..]),
            _ => text,
        };
        let own = Note {
            text,
            ..note.clone()
        };
        *note = own.renamed(names);
    }
    if gone > 0 {
        let remarks = if gone == 1 { "remark" } else { "remarks" };
        notes.push(Note::new(
            Severity::Info,
            format!("{gone} {remarks} that may quote files left out by --redact."),
        ));
    }
}

/// `text` with `alias` in place of `name`, where that is no part of a longer word.
fn replaced(text: &str, name: &str, alias: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (at, found) in text.match_indices(name) {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        if word(before.chars().next_back()) || word(after.chars().next()) {
            continue;
        }
        out += &text[from..at];
        out += alias;
        from = at + found.len();
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_words_only() {
        assert_eq!(replaced("b.npy holds rows", "b.npy", "a"), "a holds rows");
        assert_eq!(replaced("a b ab b", "b", "x"), "a x ab x");
        assert_eq!(replaced("text", "", "x"), "text");
    }

    #[test]
    fn positives_keep_how_they_were_found() {
        assert_eq!(
            nameless("rows of the same label in l.csv (3 labels)"),
            "rows of the same label"
        );
        assert_eq!(
            nameless("row i of a with row i of b"),
            "row i of a with row i of b"
        );
        assert_eq!(nameless("secret/pairs.npy"), LISTED);
    }

    #[test]
    fn remarks_are_counted_and_warnings_of_slices_keep_what_they_say() {
        let note = |severity, text: &str| Note::new(severity, text.to_owned());
        let mut notes = vec![
            note(
                Severity::Warning,
                "Slice Ann Smith: too few rows in s/a.npy.",
            ),
            note(Severity::Info, "s/a.npy: the column x is taken"),
        ];
        let of = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
        warnings(
            &mut notes,
            &mut of("s/a.npy", "a"),
            &of("Ann Smith", "slice 1"),
        );
        let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "slice 1: too few rows in a.",
                "1 remark that may quote files left out by --redact."
            ]
        );
    }
}
