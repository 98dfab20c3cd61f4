//! Text made safe for HTML and SVG.

use super::text::printable;

/// As text or as the value of an attribute: nothing in it is markup, and nothing acts on whoever reads the file.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

/// JSON inside a script element, which `</script>` or `<!--` in a string would end or hide: it reads back the same.
pub(super) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let name = "<script>alert('x')</script> & \"y\"\u{1b}[31m\u{202e}";
        let out = escaped(name);
        assert!(
            out.starts_with("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;")
        );
        assert!(out.chars().all(|c| !c.is_control() && c != '\u{202e}'));
    }

    #[test]
    fn json_cannot_end_its_script() {
        let text = r#"{"name":"</script><!-- x"}"#;
        let inside = in_script(text);
        assert!(!inside.contains('<'));
        let read: serde_json::Value = serde_json::from_str(&inside).expect("JSON");
        assert_eq!(read["name"], "</script><!-- x");
    }
}
