import type { ChildProcess } from 'node:child_process';

/** The next message of a process of the benchmark. Rejects where it ends first. */
export const answer = <T>(child: ChildProcess) =>
  new Promise<T>((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the benchmark ended with code ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
