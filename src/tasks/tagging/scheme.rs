//! What the names of labels say about the parts of entities: the schemes IOB1, IOB2, BILOU and BIOES.

use std::collections::HashSet;

/// Which part of an entity a label marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The first token or word of an entity, also right after another one of the same kind.
    First,
    /// One that goes on with an entity of the same kind, or starts one where there is none to go on with.
    Inside,
    /// As `Inside`, with nothing after it.
    Last,
    /// A whole entity.
    Whole,
}

/// The meaning of a label.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// The name of the kind of entity.
    pub entity: &'a str,
    part: Part,
}

/// The meanings of a model's labels. `B-` and `I-` are always prefixes. `L-` and `E-` (last), `U-` and `S-` (whole) are
/// where the same name has a label with `B-` or `I-` too, as such letters also start names like "E-MAIL". A label
/// without a prefix, which "O" is as well, goes on with its like.
///
/// IOB1 and IOB2 need not be told apart. In both, `B-` always starts an entity; `I-` after another kind starts one in
/// IOB1 and is a mistake of the model in IOB2, with the same way out.
pub(super) fn tags(labels: &[String]) -> Vec<Tag<'_>> {
    let begun = |label: &'_ String| label.strip_prefix("B-").or(label.strip_prefix("I-")).map(str::to_owned);
    let begun: HashSet<String> = labels.iter().filter_map(begun).collect();
    let tag = |label| {
        let part = |(prefix, entity)| match prefix {
            "B" => Some((Part::First, entity)),
            "I" => Some((Part::Inside, entity)),
            "L" | "E" if begun.contains(entity) => Some((Part::Last, entity)),
            "U" | "S" if begun.contains(entity) => Some((Part::Whole, entity)),
            _ => None,
        };
        let (part, entity) = str::split_once(label, '-').and_then(part).unwrap_or((Part::Inside, label));
        Tag { entity, part }
    };
    labels.iter().map(|label| tag(label.as_str())).collect()
}

impl Tag<'_> {
    /// Whether it goes on with the entity of which `previous` is the last part so far.
    pub fn continues(&self, previous: &Self) -> bool {
        self.entity == previous.entity
            && matches!(self.part, Part::Inside | Part::Last)
            && matches!(previous.part, Part::First | Part::Inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IOB: [&str; 5] = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
    const BILOU: [&str; 6] = ["O", "B-PER", "I-PER", "L-PER", "U-PER", "U-LOC"];
    const BIOES: [&str; 5] = ["O", "B-PER", "I-PER", "E-PER", "S-PER"];

    /// The entities of a sequence of labels, `O` left out, each with its number of labels.
    fn entities<'a>(labels: &[&'a str], sequence: &str) -> Vec<(&'a str, usize)> {
        let names: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        let tags = tags(&names);
        let place = |label: &str| labels.iter().position(|known| *known == label).unwrap();
        let sequence: Vec<usize> = sequence.split(' ').map(place).collect();
        let groups = sequence.chunk_by(|&left, &right| tags[right].continues(&tags[left]));
        let name = |group: &[usize]| {
            let label = labels[group[0]];
            (&label[label.len() - tags[group[0]].entity.len()..], group.len())
        };
        groups.map(name).filter(|(name, _)| *name != "O").collect()
    }

    #[test]
    fn iob2() {
        assert_eq!(entities(&IOB, "O B-PER I-PER O"), [("PER", 2)]);
        assert_eq!(entities(&IOB, "B-PER B-PER I-PER B-LOC"), [("PER", 1), ("PER", 2), ("LOC", 1)]);
        // An entity that is not begun, or begun as another kind.
        assert_eq!(entities(&IOB, "O I-PER B-LOC I-PER"), [("PER", 1), ("LOC", 1), ("PER", 1)]);
    }

    #[test]
    fn iob1() {
        assert_eq!(entities(&IOB, "I-PER I-PER O I-LOC"), [("PER", 2), ("LOC", 1)]);
        assert_eq!(entities(&IOB, "I-PER B-PER I-PER I-LOC"), [("PER", 1), ("PER", 2), ("LOC", 1)]);
    }

    #[test]
    fn bilou() {
        assert_eq!(entities(&BILOU, "B-PER I-PER L-PER O U-PER"), [("PER", 3), ("PER", 1)]);
        assert_eq!(entities(&BILOU, "U-PER U-PER B-PER L-PER"), [("PER", 1), ("PER", 1), ("PER", 2)]);
        // What no training text has: an end without a start, and more after an end.
        assert_eq!(entities(&BILOU, "L-PER I-PER L-PER L-PER"), [("PER", 1), ("PER", 2), ("PER", 1)]);
        assert_eq!(
            entities(&BILOU, "U-PER I-PER B-PER U-PER"),
            [("PER", 1), ("PER", 1), ("PER", 1), ("PER", 1)]
        );
    }

    #[test]
    fn bioes() {
        assert_eq!(entities(&BIOES, "B-PER E-PER S-PER E-PER"), [("PER", 2), ("PER", 1), ("PER", 1)]);
    }

    #[test]
    fn a_letter_and_a_hyphen_can_start_a_name() {
        let labels = ["O", "E-MAIL", "S-CORP", "PER", "U-PER", "I-94"];
        assert_eq!(entities(&labels, "E-MAIL E-MAIL S-CORP S-CORP"), [("E-MAIL", 2), ("S-CORP", 2)]);
        assert_eq!(entities(&labels, "PER U-PER PER PER"), [("PER", 1), ("U-PER", 1), ("PER", 2)]);
        assert_eq!(entities(&labels, "I-94 I-94"), [("94", 2)]);
        // Without an entity that is begun or goes on, U- is no prefix either.
        assert_eq!(entities(&BILOU, "U-LOC U-LOC"), [("U-LOC", 2)]);
    }

    #[test]
    fn labels_may_be_named_anyhow() {
        let labels = ["", "-", "B-", "I-", "é-X"];
        let names: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        let tags = tags(&names);
        let entities: Vec<&str> = tags.iter().map(|tag| tag.entity).collect();
        assert_eq!(entities, ["", "-", "", "", "é-X"]);
    }
}
