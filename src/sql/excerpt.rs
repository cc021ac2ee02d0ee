//! A statement in a line, for messages.

/// A statement on one line, cut after `max` characters.
pub fn shorten(sql: &str, max: usize) -> String {
    let mut line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(max) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// The part of a statement around a byte of it, on one line, of about `max` characters.
pub fn excerpt(sql: &str, at: usize, max: usize) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((before, after)) = sql.split_at_checked(at) else {
        return shorten(sql, max);
    };
    let head = words(before);
    let length = head.chars().count();
    // The end of a short beginning is near enough to be read in one.
    let Some(skipped) = length.checked_sub(max / 2).filter(|_| length > max * 3 / 4) else {
        return shorten(sql, max);
    };
    let cut = head.char_indices().nth(skipped).map_or(0, |(at, _)| at);
    let cut = head[cut..].find(' ').map_or(cut, |space| cut + space + 1);
    let gap = match before.ends_with(char::is_whitespace) {
        true => " ",
        false => "",
    };
    format!("…{}{gap}{}", &head[cut..], shorten(after, max / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_statements_are_shown_around_the_error() {
        let sql = format!(
            "CREATE TABLE t (\n  {}  wrong here,\n  {}z int)",
            "a int,\n  ".repeat(30),
            "b int, ".repeat(30)
        );
        let at = sql.find("wrong").unwrap();
        let shown = excerpt(&sql, at, 40);
        assert_eq!(shown, "…int, a int, a int, wrong here, b int, b…");
        assert_eq!(excerpt(&sql, 3, 20), shorten(&sql, 20));
        assert_eq!(excerpt("ä wrong", 1, 20), "ä wrong");
        assert!(excerpt(&sql, sql.len(), 40).ends_with("z int)"));
        assert_eq!(excerpt("short", 99, 20), "short");
    }

    #[test]
    fn long_statements_are_cut_at_a_character() {
        assert_eq!(shorten("a\n\tb   c", 10), "a b c");
        assert_eq!(shorten("ääää", 2), "ää…");
        assert_eq!(shorten("ab", 2), "ab");
    }
}
