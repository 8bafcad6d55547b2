//! Texts in lines of a terminal.

/// Characters of a text beside its score.
const WIDTH: usize = 60;

/// The text in one line, with its beginning only if it is long.
pub fn excerpt(text: &str) -> String {
    let mut rest = text.char_indices().skip(WIDTH);
    match (rest.next(), rest.next()) {
        (Some((end, _)), Some(_)) => format!("{}…", in_one_line(&text[..end])),
        _ => in_one_line(text),
    }
}

/// The text with its line breaks, tabs and other control characters as escapes.
pub fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            char if char.is_control() => line.extend(char.escape_default()),
            char => line.push(char),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(excerpt("a\nb\t\u{1b}"), "a\\nb\\t\\u{1b}");
        let fits = "é".repeat(WIDTH + 1);
        assert_eq!(excerpt(&fits), fits);
        assert_eq!(excerpt(&"é".repeat(WIDTH + 2)), format!("{}…", "é".repeat(WIDTH)));
    }
}
