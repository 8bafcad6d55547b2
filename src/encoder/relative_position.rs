//! The relative position buckets (DeBERTaV2; reference `make_log_bucket_position`).

/// For every distance between a query and a key the row of the relative embeddings that belongs to it.
///
/// Distances up to half the number of buckets have a row each; beyond, rows are shared logarithmically up to
/// `max_relative_positions`, and further distances share the last row.
///
/// The table is computed in float64 once for a model. At a distance of `max_relative_positions − 1` the logarithm's
/// ratio is exactly 1, where an error of one unit in the last place would round up to the next bucket: that entry is
/// set, not computed.
#[derive(Clone, Debug)]
pub struct RelativePositionTable {
    /// The index of distance r at r + `max_relative_positions`.
    indices: Vec<i32>,
    max_relative_positions: usize,
    span: usize,
}

impl RelativePositionTable {
    /// The table for a number of buckets, or for distances as they are where there are none.
    pub fn new(position_buckets: Option<usize>, max_relative_positions: usize) -> Self {
        let span = position_buckets.unwrap_or(max_relative_positions);
        let reach = max_relative_positions as i64;
        let indices = (-reach..=reach)
            .map(|distance| {
                let bucket = match position_buckets {
                    Some(buckets) => bucket(distance, buckets as i64, reach),
                    None => distance,
                };
                (bucket + span as i64).clamp(0, 2 * span as i64 - 1) as i32
            })
            .collect();
        Self { indices, max_relative_positions, span }
    }

    /// The row of the relative embeddings, below 2·span, for `distance = query position − key position`.
    /// It never falls when the distance grows.
    pub fn index(&self, distance: i64) -> i32 {
        let reach = self.max_relative_positions as i64;
        self.indices[(distance.clamp(-reach, reach) + reach) as usize]
    }

    /// Half the number of rows.
    pub fn span(&self) -> usize {
        self.span
    }
}

/// The bucket of a distance: the distance itself up to `mid`, then
/// `ceil(ln(|distance| / mid) / ln((max − 1) / mid) · (mid − 1)) + mid` with the distance's sign.
fn bucket(distance: i64, buckets: i64, max_relative_positions: i64) -> i64 {
    let mid = buckets / 2;
    let magnitude = distance.abs();
    if magnitude <= mid {
        return distance;
    }
    if magnitude == max_relative_positions - 1 {
        return distance.signum() * (2 * mid - 1);
    }
    let ratio =
        (magnitude as f64 / mid as f64).ln() / ((max_relative_positions - 1) as f64 / mid as f64).ln();
    distance.signum() * ((ratio * (mid - 1) as f64).ceil() as i64 + mid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that `make_log_bucket_position` of transformers 5.23 returns.
    #[test]
    fn buckets_equal_the_reference() {
        let cases = [
            (
                256,
                512,
                &[(0, 0), (1, 1), (-127, -127), (128, 128), (129, 129), (130, 130), (200, 169), (-300, -207)]
                    [..],
            ),
            (256, 512, &[(510, 255), (511, 255), (-511, -255)][..]),
            (32, 128, &[(15, 15), (16, 16), (17, 17), (40, 23), (127, 31), (-127, -31)][..]),
        ];
        for (buckets, max, expected) in cases {
            for &(distance, expected) in expected {
                assert_eq!(
                    bucket(distance, buckets, max),
                    expected,
                    "distance {distance} of ({buckets}, {max})"
                );
            }
        }
    }

    #[test]
    fn indices_are_odd_symmetric_monotone_and_in_range() {
        for (buckets, max) in
            [(256, 512), (32, 128), (64, 512), (128, 256), (256, 1024), (256, 1680), (16, 64), (4, 8)]
        {
            let table = RelativePositionTable::new(Some(buckets), max);
            let span = buckets as i32;
            assert_eq!(table.index(0), span);
            for distance in 1..max as i64 {
                assert_eq!(table.index(distance) - span, span - table.index(-distance), "±{distance}");
                assert!(table.index(distance) >= table.index(distance - 1));
            }
            assert_eq!(table.index(max as i64 - 1), 2 * span - 1);
            assert_eq!(table.index(-(max as i64 - 1)), 1);
            // The reference's buckets keep growing past the maximum and are clamped to the table's ends.
            for beyond in [max as i64, max as i64 + 1, 1 << 40] {
                assert_eq!(table.index(beyond), 2 * span - 1);
                assert_eq!(table.index(-beyond), 0);
            }
        }
    }

    #[test]
    fn without_buckets_the_index_is_the_distance() {
        let table = RelativePositionTable::new(None, 32);
        assert_eq!(table.span(), 32);
        for distance in -100i64..=100 {
            assert_eq!(table.index(distance) as i64, (distance + 32).clamp(0, 63));
        }
    }
}
