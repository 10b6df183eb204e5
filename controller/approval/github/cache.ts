/** An answer that GitHub gave with an ETag. */
export interface CachedAnswer {
  etag: string;
  body: string;
  link: string | null;
}

/** Answers by credential and address. They are never used unasked: GitHub is asked each time whether they still hold. */
export interface AnswerCache {
  get(key: string): CachedAnswer | undefined;
  set(key: string, answer: CachedAnswer): void;
}

/** Forgets what was not used for longest once there is more than `maxBytes` of text. */
export function createAnswerCache(maxBytes: number): AnswerCache {
  const answers = new Map<string, CachedAnswer>();
  let size = 0;

  function remove(key: string): void {
    size -= answers.get(key)?.body.length ?? 0;
    answers.delete(key);
  }

  return {
    get(key) {
      const answer = answers.get(key);
      if (answer === undefined) return undefined;
      answers.delete(key);
      answers.set(key, answer);
      return answer;
    },
    set(key, answer) {
      remove(key);
      answers.set(key, answer);
      size += answer.body.length;
      for (const oldest of answers.keys()) {
        if (size <= maxBytes) break;
        remove(oldest);
      }
    },
  };
}

/**
 * The key of an answer. Who asked is part of it: what one installation may see is not shown to another, not even by a 304.
 */
export function cacheKey(credential: string, url: string): string {
  return `${credential}\n${url}`;
}
