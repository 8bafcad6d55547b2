//! Which head a checkpoint declares, and how its logits are meant.

/// The task head on top of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadKind {
    /// One row of logits for each text: `[batch, num_labels]`.
    SequenceClassification,
    /// One row of logits for each token: `[tokens, num_labels]`.
    TokenClassification,
    /// A start and an end logit for each token: `[tokens, 2]`.
    QuestionAnswering,
    /// One logit for each vocabulary entry, for each token: `[tokens, vocab_size]`.
    MaskedLanguageModeling,
    /// One logit for each choice, which is a text of its own: `[batch, 1]`.
    MultipleChoice,
}

impl HeadKind {
    /// The head of a transformers class such as `DebertaV2ForSequenceClassification`, by the part after its last
    /// `For`. `None` for classes without a head of this list (`DebertaV2Model`, `…ForPreTraining`).
    pub fn from_architecture(architecture: &str) -> Option<Self> {
        match architecture.rsplit_once("For")?.1 {
            "SequenceClassification" => Some(Self::SequenceClassification),
            "TokenClassification" => Some(Self::TokenClassification),
            "QuestionAnswering" => Some(Self::QuestionAnswering),
            "MaskedLM" => Some(Self::MaskedLanguageModeling),
            "MultipleChoice" => Some(Self::MultipleChoice),
            _ => None,
        }
    }

    /// The field's name for the head.
    pub fn name(self) -> &'static str {
        match self {
            Self::SequenceClassification => "sequence classification",
            Self::TokenClassification => "token classification",
            Self::QuestionAnswering => "question answering",
            Self::MaskedLanguageModeling => "masked language modelling",
            Self::MultipleChoice => "multiple choice",
        }
    }

    /// Whether there is a row of logits for each text, through the pooler, and not for each token.
    pub fn is_pooled(self) -> bool {
        matches!(self, Self::SequenceClassification | Self::MultipleChoice)
    }
}

/// What `problem_type` says about the logits of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemType {
    /// The logits are the answer.
    Regression,
    /// Exactly one label holds: softmax over the logits.
    SingleLabel,
    /// Every label holds or not on its own: sigmoid of each logit.
    MultiLabel,
}

impl ProblemType {
    /// Every value of `problem_type`.
    pub(crate) const NAMES: &[(&str, Self)] = &[
        ("regression", Self::Regression),
        ("single_label_classification", Self::SingleLabel),
        ("multi_label_classification", Self::MultiLabel),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures() {
        use HeadKind::*;
        for (architecture, head) in [
            ("DebertaV2ForSequenceClassification", Some(SequenceClassification)),
            ("MyForSequenceClassification", Some(SequenceClassification)),
            ("DebertaV2ForTokenClassification", Some(TokenClassification)),
            ("DebertaV2ForQuestionAnswering", Some(QuestionAnswering)),
            ("DebertaV2ForMaskedLM", Some(MaskedLanguageModeling)),
            ("DebertaV2ForMultipleChoice", Some(MultipleChoice)),
            ("DebertaV2Model", None),
            ("DebertaV2ForPreTraining", None),
            ("SequenceClassification", None),
            ("For", None),
            ("", None),
        ] {
            assert_eq!(HeadKind::from_architecture(architecture), head, "{architecture}");
        }
    }
}
