//! Templates hold no text: what people read comes from `words`, in both languages.

use std::path::{Path, PathBuf};

/// Attributes that people read or hear.
const READ_ATTRIBUTES: [&str; 4] = ["title=\"", "alt=\"", "aria-label=\"", "placeholder=\""];

/// Text between tags, and in attributes that people read, that is neither an expression nor punctuation.
fn literal_text(template: &str) -> Vec<String> {
    let plain = without(&without(template, "{{", "}}"), "{%", "%}");
    let outside = without(&plain, "<", ">");
    let mut found: Vec<String> =
        outside.lines().map(str::trim).filter(|line| has_letter(line)).map(Into::into).collect();
    for attribute in READ_ATTRIBUTES {
        let values = plain.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(values.filter(|value| has_letter(value)).map(Into::into));
    }
    found
}

fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// The text without what stands between two marks.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut parts = text.split(open);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push(' ');
        kept.push_str(part.split_once(close).map_or("", |(_, rest)| rest));
    }
    kept
}

fn templates() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/web");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "html")).collect()
}

#[test]
fn no_template_holds_text() {
    let templates = templates();
    assert!(templates.len() >= 9, "{templates:?}");
    for path in templates {
        let template = std::fs::read_to_string(&path).unwrap();
        assert_eq!(literal_text(&template), Vec::<String>::new(), "{}", path.display());
        for inline in [" style=\"", "<style", " onclick", "javascript:", "http://", "https://", "|safe"] {
            assert!(!template.contains(inline), "{} has {inline}", path.display());
        }
    }
}

#[test]
fn text_in_a_template_is_found() {
    for bad in ["<p>Hello</p>", "<p>{{ a }}你好</p>", "<img alt=\"A picture\">", "{% if a %}<b title=\"x\">{% endif %}"]
    {
        assert_eq!(literal_text(bad).len(), 1, "{bad}");
    }
    assert!(
        literal_text("<p class=\"word\">{{ say(a) }} · {% if b %}<i title=\"{{ c }}\"></i>{% endif %}</p>").is_empty()
    );
}
