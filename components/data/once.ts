import { useState } from "react";

/** True from the first time on that `ready` was: what is shown once is not taken away again. */
export function useOnce(ready: boolean): boolean {
  const [was, setWas] = useState(ready);
  if (ready && !was) setWas(true);
  return was || ready;
}
