"""The list of golden checkpoints: which option each one covers, and the cases it is run on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from golden_cases import (
    Case,
    left_case,
    many_rows_case,
    mixed_case,
    unmasked_case,
)

# The small shape that checkpoints use when the size is not what they are about. Eight direct and eight
# logarithmic buckets, so that inputs of eleven tokens already reach the logarithmic ones.
SMALL: dict[str, Any] = {
    "vocab_size": 120,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 24,
    "position_biased_input": False,
    "relative_attention": True,
    "max_relative_positions": -1,
    "position_buckets": 8,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "type_vocab_size": 0,
    "layer_norm_eps": 1e-7,
}
MEDIUM: dict[str, Any] = SMALL | {"hidden_size": 48, "num_attention_heads": 3, "intermediate_size": 96}
# What the published v2 checkpoints have and the v3 ones have not.
V2: dict[str, Any] = {"share_att_key": False, "norm_rel_ebd": "layer_norm"}

SEQUENCE = "DebertaV2ForSequenceClassification"


def labels(*names: str) -> dict[str, Any]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: n for n, name in enumerate(names)}}


NLI_LABELS = labels("contradiction", "entailment", "neutral")


@dataclass(frozen=True)
class Checkpoint:
    name: str
    covers: str
    config: dict[str, Any]
    cases: tuple[Case, ...]
    model_class: str = SEQUENCE
    stored_dtype: str = "float16"
    # Changes to config.json after saving: save_pretrained normalises values and writes every default.
    config_set: dict[str, Any] = field(default_factory=dict)
    config_drop: tuple[str, ...] = ()
    config_keep_only: tuple[str, ...] = ()
    # Prepended to every tensor name after saving.
    tensor_prefix: str | None = None
    max_shard_size: str = "50GB"
    # Shapes of tensors that no DeBERTa has a use for.
    extra_tensors: dict[str, tuple[int, ...]] = field(default_factory=dict)


def variants_of_attention() -> list[Checkpoint]:
    return [
        Checkpoint(
            "v3_shared",
            "the layout of the published v3 checkpoints; head size 64; inputs longer than max_position_embeddings",
            SMALL
            | {
                "hidden_size": 64,
                "num_attention_heads": 1,
                "intermediate_size": 96,
                "max_position_embeddings": 512,
                "position_buckets": 256,
            }
            | NLI_LABELS,
            (
                mixed_case(all_layers=True),
                left_case(),
                Case("512", ("x" * 512,), "512 tokens, the largest published input"),
                Case("700", ("x" * 700,), "700 tokens, more than max_position_embeddings", with_mask=False),
            ),
            config_set={"pos_att_type": "p2c|c2p"},
        ),
        Checkpoint(
            "v2_unshared",
            "pos_key_proj and pos_query_proj, pos_att_type as a list, three heads of 16",
            MEDIUM | V2 | NLI_LABELS,
            (
                mixed_case(all_layers=True),
                left_case(),
                unmasked_case("token_type_ids given where type_vocab_size is 0: ignored", with_token_types=True),
            ),
            config_set={"pos_att_type": ["c2p", "p2c"]},
        ),
        Checkpoint(
            "c2p_only",
            "content to position only, own projection; norm_rel_ebd with blanks and capitals",
            MEDIUM | V2 | {"pos_att_type": ["c2p"], "norm_rel_ebd": "none | Layer_Norm"},
            (mixed_case(),),
        ),
        Checkpoint(
            "p2c_only",
            "position to content only, own projection; three layers",
            SMALL | V2 | {"pos_att_type": ["p2c"], "num_hidden_layers": 3},
            (mixed_case(all_layers=True), left_case()),
        ),
        Checkpoint(
            "p2c_only_shared",
            "position to content only, projected by the query weights; pos_att_type as a string",
            SMALL | {"pos_att_type": ["p2c"]},
            (mixed_case(),),
            stored_dtype="float32",
            config_set={"pos_att_type": "p2c"},
        ),
        Checkpoint(
            "relative_without_terms",
            "relative_attention with an empty pos_att_type: neither term, rel_embeddings unused",
            SMALL | {"pos_att_type": []},
            (mixed_case(),),
        ),
        Checkpoint(
            "terms_without_relative",
            "pos_att_type lists both terms but relative_attention is false: no terms, yet the scale counts them",
            SMALL | {"relative_attention": False, "position_biased_input": True},
            (mixed_case(),),
        ),
        Checkpoint(
            "absolute_positions",
            "relative_attention false, absolute position embeddings; as many tokens as positions",
            SMALL
            | {
                "relative_attention": False,
                "position_biased_input": True,
                "pos_att_type": None,
                "norm_rel_ebd": "none",
                "share_att_key": False,
            },
            (
                mixed_case(all_layers=True),
                Case("limit", ("x" * 24, "." * 3 + "x" * 21), "exactly max_position_embeddings tokens"),
            ),
        ),
        Checkpoint(
            "absolute_and_relative",
            "absolute position embeddings together with both relative terms; layer_norm_eps 1e-3",
            SMALL | {"position_biased_input": True, "layer_norm_eps": 1e-3},
            (mixed_case(),),
        ),
        Checkpoint(
            "no_buckets",
            "position_buckets -1, max_relative_positions 32, inputs beyond it",
            SMALL | {"position_buckets": -1, "max_relative_positions": 32},
            (
                Case("70", ("x" * 70,), "70 tokens: distances clamp on both sides"),
                Case("40", ("x" * 17 + "." * 5 + "x" * 18,), "40 tokens with a gap, all layers", all_layers=True),
            ),
        ),
        Checkpoint(
            "no_rel_norm",
            "norm_rel_ebd none: rel_embeddings are used as stored",
            SMALL | {"norm_rel_ebd": "none"},
            (mixed_case(),),
        ),
        Checkpoint(
            "small_buckets",
            "32 buckets for 128 positions, 200 tokens: buckets beyond max_relative_positions clamp",
            SMALL | {"position_buckets": 32, "max_relative_positions": 128},
            (Case("200", ("x" * 200,), "200 tokens"), mixed_case()),
        ),
    ]


def variants_of_embeddings_and_convolution() -> list[Checkpoint]:
    return [
        Checkpoint(
            "token_types",
            "type_vocab_size 2",
            SMALL | {"type_vocab_size": 2},
            (
                mixed_case("token_type_ids of both kinds", with_token_types=True),
                unmasked_case("no token_type_ids: type 0 everywhere"),
            ),
        ),
        Checkpoint(
            "embedding_projection",
            "embedding_size 40 in front of hidden_size 32, with position and token type embeddings",
            SMALL | {"embedding_size": 40, "position_biased_input": True, "type_vocab_size": 2},
            (mixed_case("token_type_ids of both kinds", with_token_types=True),),
        ),
        Checkpoint(
            "conv_gelu",
            "convolution of width 3 with gelu after the first layer",
            SMALL | V2 | {"conv_kernel_size": 3, "conv_groups": 1, "conv_act": "gelu"},
            (mixed_case(all_layers=True), left_case(), unmasked_case()),
        ),
        Checkpoint(
            "conv_tanh_groups",
            "convolution of width 5 in 4 groups, conv_act absent: tanh",
            SMALL | {"conv_kernel_size": 5, "conv_groups": 4},
            (
                mixed_case(),
                Case(
                    "holes",
                    ("xx.x..xx...xx", "x.x.x.x.x.x.x", "xxx.......xxx"),
                    "gaps narrower and wider than the kernel",
                ),
            ),
        ),
    ]


def variants_of_activation() -> list[Checkpoint]:
    return [
        Checkpoint(f"act_{act}", f"hidden_act {act}", SMALL | {"hidden_act": act}, (mixed_case(),))
        for act in ("relu", "gelu_new", "silu", "tanh")
    ]


def variants_of_head() -> list[Checkpoint]:
    return [
        Checkpoint(
            "token_classification",
            "token classification with bias, five labels",
            SMALL | labels("O", "B-PER", "I-PER", "B-LOC", "I-LOC"),
            (mixed_case(), left_case()),
            model_class="DebertaV2ForTokenClassification",
        ),
        Checkpoint(
            "regression",
            "one label: a raw logit",
            SMALL | labels("LABEL_0"),
            (many_rows_case(),),
        ),
        Checkpoint(
            "multi_label",
            "problem_type multi_label_classification, four labels",
            SMALL
            | {"problem_type": "multi_label_classification"}
            | labels("toxic", "insult", "threat", "spam"),
            (many_rows_case(),),
        ),
        Checkpoint(
            "pooler_tanh", "pooler_hidden_act tanh", SMALL | {"pooler_hidden_act": "tanh"}, (many_rows_case(),)
        ),
        Checkpoint(
            "question_answering",
            "question answering: logits are the start and end columns side by side",
            SMALL,
            (mixed_case(),),
            model_class="DebertaV2ForQuestionAnswering",
        ),
        Checkpoint(
            "multiple_choice",
            "multiple choice: one logit per row, rows of one question follow each other",
            SMALL,
            (many_rows_case("three questions of four choices"),),
            model_class="DebertaV2ForMultipleChoice",
        ),
        Checkpoint(
            "masked_lm",
            "masked LM with lm_predictions.lm_head; the key legacy is absent, as in published checkpoints; "
            "mask_predictions and position_ids, which nothing uses, stand among the tensors",
            SMALL | {"legacy": False},
            (mixed_case(),),
            model_class="DebertaV2ForMaskedLM",
            config_drop=("legacy",),
            extra_tensors={
                "deberta.embeddings.position_ids": (1, 24),
                "mask_predictions.dense.weight": (32, 32),
                "mask_predictions.classifier.bias": (1,),
            },
        ),
        Checkpoint(
            "masked_lm_legacy",
            "masked LM with cls.predictions, decoder tied to the word embeddings",
            SMALL | {"legacy": True},
            (mixed_case(),),
            model_class="DebertaV2ForMaskedLM",
        ),
    ]


def variants_of_storage() -> list[Checkpoint]:
    return [
        Checkpoint(
            "float16_stored",
            "weights stored as F16; pos_att_type as a string with blanks and capitals",
            SMALL,
            (mixed_case(),),
            config_set={"pos_att_type": "P2C | C2P"},
        ),
        Checkpoint(
            "bfloat16_stored",
            "weights stored as BF16; two heads of 64",
            SMALL | {"hidden_size": 128, "num_attention_heads": 2},
            (mixed_case(),),
            model_class="DebertaV2ForTokenClassification",
            stored_dtype="bfloat16",
        ),
        Checkpoint(
            "sharded",
            "several weight files and model.safetensors.index.json; one head of 32",
            SMALL | {"num_attention_heads": 1},
            (mixed_case(),),
            stored_dtype="float32",
            max_shard_size="60KB",
        ),
        Checkpoint(
            "bare_prefix",
            "an encoder without head, tensor names without prefix",
            SMALL,
            (mixed_case(),),
            model_class="DebertaV2Model",
        ),
        Checkpoint(
            "custom_prefix",
            "tensor names with the prefix of another library, and tensors of that library to be ignored",
            SMALL,
            (mixed_case(),),
            model_class="DebertaV2Model",
            tensor_prefix="token_rep_layer.bert_layer.model.",
            extra_tensors={"rnn.lstm.weight_ih_l0": (16, 32), "span_rep_layer.project_start.0.bias": (32,)},
        ),
        Checkpoint(
            "config_minimal",
            "config.json with the fewest keys: position embeddings, no buckets, unshared, no rel norm by default",
            SMALL
            | {
                "position_biased_input": True,
                "position_buckets": -1,
                "norm_rel_ebd": "none",
                "share_att_key": False,
                "max_position_embeddings": 16,
            },
            (mixed_case(), left_case()),
            config_keep_only=(
                "model_type",
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings",
                "relative_attention",
                "pos_att_type",
            ),
        ),
        Checkpoint(
            "attention_head_size",
            "the key attention_head_size is present",
            SMALL | {"attention_head_size": 16},
            (mixed_case(),),
        ),
        Checkpoint(
            "head_size_20",
            "hidden size 60, three heads of 20, intermediate size 100: no multiple of a vector width",
            MEDIUM | {"hidden_size": 60, "num_attention_heads": 3, "intermediate_size": 100},
            (mixed_case(), unmasked_case()),
        ),
    ]


def all_checkpoints() -> list[Checkpoint]:
    checkpoints = (
        variants_of_attention()
        + variants_of_embeddings_and_convolution()
        + variants_of_activation()
        + variants_of_head()
        + variants_of_storage()
    )
    names = [checkpoint.name for checkpoint in checkpoints]
    assert len(names) == len(set(names)), "checkpoint names must differ"
    return sorted(checkpoints, key=lambda checkpoint: checkpoint.name)
