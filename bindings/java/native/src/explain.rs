//! What a model did with a text, as a message.

use deberta::{Explanation, RelativePositionTable};

use crate::message::Writer;
use crate::results::{WriteTo, head};

impl WriteTo for Explanation {
    fn write_to(&self, writer: &mut Writer) {
        self.encoding.write_to(writer);
        writer.floats(&self.relevance);
        writer.optional(self.label, Writer::size);
        writer.size(self.heads);
        writer.list(&self.attentions, |writer, layer| writer.floats(layer));
        writer.text(head(self.logits.as_ref().map(|logits| logits.head)));
        writer.size(self.logits.as_ref().map_or(0, |logits| logits.labels));
        writer.floats(self.logits.as_ref().map_or(&[], |logits| &logits.values));
        writer.floats(&self.scores);
        writer.optional(self.relative_positions.as_ref(), |writer, table| {
            relative_positions(writer, table, self.encoding.len());
        });
    }
}

/// The rows of the relative embeddings for all distances between two tokens of the text, the most negative first.
fn relative_positions(writer: &mut Writer, table: &RelativePositionTable, tokens: usize) {
    let reach = tokens.saturating_sub(1) as i64;
    let rows: Vec<i32> = (-reach..=reach).map(|distance| table.index(distance)).collect();
    writer.list(&rows, |writer, &row| writer.int(row));
}
