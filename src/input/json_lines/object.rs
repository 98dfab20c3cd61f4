//! One line of JSON: an object, of which some values are taken and the others are checked and passed over.

use crate::num::counted;
use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

type Json<T> = Result<T, serde_json::Error>;

/// A key of an object, and what stands under it.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) kind: &'static str,
}

const LIST: &str = "a list";

impl Key {
    pub(super) fn is_list(&self) -> bool {
        self.kind == LIST
    }
}

/// A value that can be a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Nothing,
    Truth(bool),
    Whole(i128),
    Real(f64),
    Text(String),
}

/// The keys of the object, in order.
pub(super) fn keys(line: &[u8]) -> Json<Vec<Key>> {
    let mut keys = Keys(Vec::new());
    object(line, &mut keys)?;
    Ok(keys.0)
}

/// Adds the numbers under `key` to `values`, at most `most` of them; whether there is such a key.
pub(super) fn vector(line: &[u8], key: &str, values: &mut Vec<f32>, most: usize) -> Json<bool> {
    let mut vector = Vector {
        key,
        values,
        most,
        found: false,
    };
    object(line, &mut vector)?;
    Ok(vector.found)
}

/// The values under `keys`; nothing where there is no such key.
pub(super) fn values(line: &[u8], keys: &[String]) -> Json<Vec<Scalar>> {
    let mut values = Values {
        keys,
        found: vec![None; keys.len()],
    };
    object(line, &mut values)?;
    let found = values.found.into_iter();
    Ok(found
        .map(|found| found.unwrap_or(Scalar::Nothing))
        .collect())
}

/// What is taken of an object.
trait Take<'de> {
    /// Reads the value under `key`, or passes over it.
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

fn object<'de, T: Take<'de>>(line: &'de [u8], take: &mut T) -> Json<()> {
    let mut parser = serde_json::Deserializer::from_slice(line);
    parser.deserialize_map(Object(take))?;
    parser.end()
}

struct Object<'t, T>(&'t mut T);

impl<'de, T: Take<'de>> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON object a line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(key)) = map.next_key()? {
            self.0.take(&key, &mut map)?;
        }
        Ok(())
    }
}

/// A key, copied only if it holds escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Keys(Vec<Key>);

impl<'de> Take<'de> for Keys {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let JsonKind(kind) = map.next_value()?;
        self.0.push(Key {
            name: key.to_owned(),
            kind,
        });
        Ok(())
    }
}

/// What a value is, in lists of what a line holds.
struct JsonKind(&'static str);

impl<'de> Deserialize<'de> for JsonKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = JsonKind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<JsonKind, E> {
                Ok(JsonKind("null"))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<JsonKind, E> {
                Ok(JsonKind("true or false"))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<JsonKind, E> {
                Ok(JsonKind("a whole number"))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<JsonKind, E> {
                Ok(JsonKind("a whole number"))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<JsonKind, E> {
                Ok(JsonKind("a number"))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<JsonKind, E> {
                Ok(JsonKind("text"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JsonKind, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(JsonKind(LIST))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonKind, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(JsonKind("an object"))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

struct Vector<'v> {
    key: &'v str,
    values: &'v mut Vec<f32>,
    most: usize,
    found: bool,
}

impl<'de> Take<'de> for Vector<'_> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != self.key {
            return map.next_value::<IgnoredAny>().map(|_| ());
        }
        if self.found {
            return Err(twice(key));
        }
        self.found = true;
        map.next_value_seed(NumberList {
            values: self.values,
            most: self.most,
        })
    }
}

fn twice<E: Error>(key: &str) -> E {
    E::custom(format_args!(
        "the key `{key}` twice, expected each key once"
    ))
}

/// A list of numbers, added to others.
struct NumberList<'v> {
    values: &'v mut Vec<f32>,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for NumberList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for NumberList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut left = self.most;
        while let Some(value) = list.next_element::<f32>()? {
            left = left.checked_sub(1).ok_or_else(|| {
                A::Error::custom(format_args!(
                    "more than that, expected {}, as in the first line",
                    counted(self.most, "number")
                ))
            })?;
            self.values.push(value);
        }
        Ok(())
    }
}

struct Values<'k> {
    keys: &'k [String],
    found: Vec<Option<Scalar>>,
}

impl<'de> Take<'de> for Values<'_> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let mut wanted = (0..self.keys.len()).filter(|&at| self.keys[at] == key);
        let Some(first) = wanted.next() else {
            return map.next_value::<IgnoredAny>().map(|_| ());
        };
        if self.found[first].is_some() {
            return Err(twice(key));
        }
        let value: Scalar = map.next_value()?;
        // Both columns of pairs may be asked for by one name.
        for at in wanted {
            self.found[at] = Some(value.clone());
        }
        self.found[first] = Some(value);
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text, true or false")
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar::Nothing)
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Scalar, E> {
                Ok(Scalar::Truth(truth))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar::Real(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, keys, values, vector};

    #[test]
    fn the_wanted_list_is_taken_and_nothing_else() {
        let line = br#"{"a": [9, "x", {"v": [7]}], "v": [1, -2.5, 1e-3], "n": null}"#;
        let mut found = Vec::new();
        assert!(vector(line, "v", &mut found, 3).unwrap());
        assert_eq!(found, [1.0, -2.5, 0.001]);
        assert!(!vector(line, "w", &mut found, 3).unwrap());
        let kinds: Vec<_> = keys(line).unwrap();
        let kinds: Vec<(&str, &str)> = kinds.iter().map(|k| (&k.name[..], k.kind)).collect();
        assert_eq!(kinds, [("a", "a list"), ("v", "a list"), ("n", "null")]);
        let line = br#"{"\u0061": 3, "b": "x\ny", "c": 0.5}"#;
        let keys = ["b", "a", "d"].map(str::to_owned);
        let expected = [
            Scalar::Text("x\ny".into()),
            Scalar::Whole(3),
            Scalar::Nothing,
        ];
        assert_eq!(values(line, &keys).unwrap(), expected);
    }

    /// Decimals are rounded once, to the nearest f32.
    #[test]
    fn numbers_have_the_bits_of_the_nearest_single() {
        for value in [0.1_f32, 16_777_217.0, f32::MIN_POSITIVE, 1e-45, f32::MAX] {
            for text in [format!("{value:?}"), format!("{:?}", f64::from(value))] {
                let mut found = Vec::new();
                let line = format!("{{\"v\": [{text}]}}");
                assert!(vector(line.as_bytes(), "v", &mut found, 1).unwrap());
                assert_eq!(found[0].to_bits(), value.to_bits(), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_row_is_refused_with_the_place() {
        for (line, said) in [
            (r#"{"v": [1, null]}"#, "null"),
            (r#"{"v": [1, "2"]}"#, "string"),
            (r#"{"v": [[1]]}"#, "sequence"),
            (r#"{"v": [1, true]}"#, "boolean"),
            (r#"{"v": 1}"#, "a list of numbers"),
            (r#"{"v": [1, 2, 3, 4]}"#, "more than that"),
            (r#"{"v": [1e39]}"#, "out of range"),
            (r#"{"v": [1], "v": [2]}"#, "twice"),
            (r#"{"v": [1] "#, "EOF"),
            (r#"{"v": [1]} x"#, "trailing"),
            ("[1, 2]", "one JSON object a line"),
            ("", "EOF"),
        ] {
            let refusal = vector(line.as_bytes(), "v", &mut Vec::new(), 3).unwrap_err();
            let text = refusal.to_string();
            assert!(text.contains(said) && text.contains("column"), "{text}");
        }
    }
}
