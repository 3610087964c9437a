/**
 * One load for all that is asked while the one before is under way: a thousand callers cost a few round trips. `load` gives
 * the values in the order of the keys.
 */
export function batched<K, V>(load: (keys: K[]) => Promise<V[]>, most = 1_000): (key: K) => Promise<V> {
  let waiting: { key: K; resolve: (value: V) => void; reject: (error: unknown) => void }[] = [];
  let loading = false;

  async function run(): Promise<void> {
    loading = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const values = await load(batch.map(({ key }) => key));
        batch.forEach(({ resolve }, index) => {
          resolve(values[index] as V);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    loading = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!loading) {
        loading = true;
        // What one turn of the loop asks goes together.
        setImmediate(() => void run());
      }
    });
}
