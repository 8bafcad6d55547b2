/// @file
/// libdeberta for C++: everything.
///
///     const auto model = deberta::model::open("models/code-language");
///     for (const auto& answer : model.classify({"fn main() {}", "SELECT 1;"})) {
///       std::cout << answer.best().label << ' ' << answer.best().score << '\n';
///     }
///
/// Errors. Every function that can fail throws deberta::error, or returns it in an expected where its name starts with
/// try_. Where exceptions are disabled, only the latter may be called.
///
/// Ownership. Objects free what they own; they can be moved, not copied. Spans and views show the memory of the object
/// that they came from, and live as long as it does. Results do not depend on the model.
///
/// Threads. All const functions may be called from several threads at once.
#pragma once

#include "deberta/answering.hpp"
#include "deberta/batch.hpp"
#include "deberta/choices.hpp"
#include "deberta/classification.hpp"
#include "deberta/embedding.hpp"
#include "deberta/encoded.hpp"
#include "deberta/error.hpp"
#include "deberta/expected.hpp"
#include "deberta/explanation.hpp"
#include "deberta/fill_mask.hpp"
#include "deberta/log.hpp"
#include "deberta/model.hpp"
#include "deberta/model_info.hpp"
#include "deberta/open_options.hpp"
#include "deberta/ranking.hpp"
#include "deberta/run_options.hpp"
#include "deberta/span.hpp"
#include "deberta/tagging.hpp"
#include "deberta/text.hpp"
#include "deberta/tokenize_options.hpp"
#include "deberta/tokenized.hpp"
#include "deberta/tokenizer.hpp"
#include "deberta/version.hpp"
