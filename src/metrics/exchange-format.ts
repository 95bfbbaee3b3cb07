/** Histograms in HdrHistogram's own exchange format, which other tools read. */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  JsHistogram,
} from "hdr-histogram-js";
import { Histogram, histogramMaxUs } from "./histogram.ts";

const significantDigits = 3;

/** The compressed V2 format in base64 ("HISTFAAA…"). It knows slots, but neither sum nor clipped. */
export function encodeHistogram(histogram: Histogram): string {
  const exchange = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: histogramMaxUs,
    numberOfSignificantValueDigits: significantDigits,
    bitBucketSize: 32,
    autoResize: false,
  });
  for (const { lowestUs, count } of histogram.slots()) {
    exchange.recordValueWithCount(lowestUs, count);
  }
  return encodeIntoCompressedBase64(exchange);
}

/**
 * Mean, min and max are then those of the slots' middles: within 0.05 %. Throws on anything else than
 * `encodeHistogram` writes.
 */
export function decodeHistogram(base64: string): Histogram {
  const exchange = decodeFromCompressedBase64(base64);
  if (!(exchange instanceof JsHistogram)) throw new TypeError("not decoded in JavaScript");
  if (
    exchange.highestTrackableValue !== histogramMaxUs ||
    exchange.numberOfSignificantValueDigits !== significantDigits
  ) {
    throw new RangeError("a histogram of another range or precision");
  }
  const histogram = new Histogram();
  for (let index = 0; index < exchange.countsArrayLength; index++) {
    const count = exchange.getCountAtIndex(index);
    if (count === 0) continue;
    const middleUs =
      (exchange.valueFromIndex(index) +
        exchange.highestEquivalentValue(exchange.valueFromIndex(index))) /
      2;
    histogram.recordTimes(Math.floor(middleUs), count);
  }
  return histogram;
}
