//! What a measured batch looks like.

use std::str::FromStr;

/// Most tokens of a batch.
const MOST_TOKENS: usize = 1 << 20;

/// Rows, and the tokens that each of them has: from `shortest` in the first row to `longest` in the last, in even steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub shortest: usize,
    pub longest: usize,
}

impl Shape {
    /// Rows of equal length.
    #[cfg(test)]
    pub fn even(rows: usize, tokens: usize) -> Self {
        Self { rows, shortest: tokens, longest: tokens }
    }

    /// The number of tokens of each row.
    pub fn lengths(self) -> impl Iterator<Item = usize> {
        let steps = (self.rows - 1).max(1);
        (0..self.rows).map(move |row| self.shortest + (self.longest - self.shortest) * row / steps)
    }

    /// The number of tokens of all rows.
    pub fn tokens(self) -> usize {
        self.lengths().sum()
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|number| *number >= 1);
        let (rows, tokens) = text.split_once('x').unwrap_or(("", ""));
        let (shortest, longest) = tokens.split_once('-').unwrap_or((tokens, tokens));
        match (number(rows), number(shortest), number(longest)) {
            (Some(rows), Some(shortest), Some(longest)) if shortest <= longest => {
                if rows.saturating_mul(longest) > MOST_TOKENS {
                    return Err(format!("at most {MOST_TOKENS} tokens"));
                }
                Ok(Self { rows, shortest, longest })
            }
            _ => Err("give ROWSxTOKENS, such as 8x128, or ROWSxSHORTEST-LONGEST, such as 16x8-128".into()),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, shortest, longest } = self;
        let text = if shortest == longest {
            format!("{rows}x{shortest}")
        } else {
            format!("{rows}x{shortest}-{longest}")
        };
        formatter.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_rows_by_tokens() {
        assert_eq!("8x128".parse(), Ok(Shape::even(8, 128)));
        assert_eq!("8x128".parse::<Shape>().unwrap().to_string(), "8x128");
        for wrong in
            ["", "8", "x", "8x", "0x1", "1x0", "-1x4", "8x128x2", "2x8-", "2x9-8", "18446744073709551615x2"]
        {
            assert!(wrong.parse::<Shape>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ragged_rows_grow_in_even_steps() {
        let shape: Shape = "16x8-128".parse().unwrap();
        assert_eq!(shape.to_string(), "16x8-128");
        let lengths: Vec<usize> = shape.lengths().collect();
        assert_eq!((lengths[0], lengths[1], lengths[15]), (8, 16, 128));
        assert_eq!(shape.tokens(), 16 * 68);
        assert_eq!("1x8-128".parse::<Shape>().unwrap().tokens(), 8);
    }
}
