//! The two sides of a comparison.

/// The side that is to be lower and the one that is to be higher; nothing unless the text is one comparison.
///
/// The text is an expression whose types fit, so all that is left to find is the sign, outside of strings and brackets.
pub(super) fn sides(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let mut quote = None;
    let mut found = None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((index, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth -= 1,
            (None, b'<' | b'>') if depth == 0 => {
                let end = index + 1 + usize::from(next == Some(b'='));
                if found.replace((index, end, byte)).is_some() {
                    return None;
                }
            }
            (None, b'&' | b'|' | b'?' | b'!') if depth == 0 => return None,
            _ => {}
        }
    }
    let (start, end, sign) = found?;
    let (left, right) = (&text[..start], &text[end..]);
    Some(if sign == b'<' { (left, right) } else { (right, left) })
}

#[cfg(test)]
mod tests {
    use super::sides;

    #[test]
    fn a_comparison_has_a_low_and_a_high_side() {
        assert_eq!(sides("a.p99_us <= 10 + b"), Some(("a.p99_us ", " 10 + b")));
        assert_eq!(sides("a > b"), Some((" b", "a ")));
        assert_eq!(sides("min(a, (b < c) ? 1 : 2) >= 3"), Some((" 3", "min(a, (b < c) ? 1 : 2) ")));
        assert_eq!(sides("thread[\"a<b\"].x < 1"), Some(("thread[\"a<b\"].x ", " 1")));
    }

    #[test]
    fn what_is_more_or_less_than_one_comparison_has_no_sides() {
        for text in ["a < b && b < c", "a < b || c", "a == b", "a < b ? true : false", "true", "!(a < b)"] {
            assert_eq!(sides(text), None, "{text}");
        }
    }
}
