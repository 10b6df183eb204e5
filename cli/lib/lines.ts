/** A line of a stream, without its end; `text` is undefined for one that is too long to be read. */
export interface Line {
  number: number;
  text: string | undefined;
}

/** Longest line, in characters; memory is bounded whatever comes. */
const MAX_LINE = 1024 * 1024;

/** The lines of a stream of text, in batches as they come; the last may lack its end. Empty ones are passed over. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<Line[]> {
  let rest = "";
  let tooLong = false;
  let number = 0;
  for await (const chunk of chunks) {
    const batch: Line[] = [];
    let from = 0;
    for (;;) {
      const to = chunk.indexOf("\n", from);
      if (to < 0) break;
      number++;
      const text = rest + chunk.slice(from, to);
      if (tooLong || text.length > MAX_LINE) batch.push({ number, text: undefined });
      else if (text.trim() !== "") batch.push({ number, text });
      rest = "";
      tooLong = false;
      from = to + 1;
    }
    rest += chunk.slice(from);
    if (rest.length > MAX_LINE) {
      rest = "";
      tooLong = true;
    }
    if (batch.length > 0) yield batch;
  }
  if (tooLong) yield [{ number: number + 1, text: undefined }];
  else if (rest.trim() !== "") yield [{ number: number + 1, text: rest }];
}
