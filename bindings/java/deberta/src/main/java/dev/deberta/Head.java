package dev.deberta;

/** The task that a model has logits for. */
public enum Head {
    /** A row of logits for each text, one for each label. */
    SEQUENCE_CLASSIFICATION,
    /** A row of logits for each token, one for each label. */
    TOKEN_CLASSIFICATION,
    /** For each token the logit of a start and that of an end. */
    QUESTION_ANSWERING,
    /** For each token a logit for each entry of the vocabulary. */
    MASKED_LANGUAGE_MODELLING,
    /** One logit for each choice, which is a text of its own. */
    MULTIPLE_CHOICE
}
