// Measures BullMQ: a line on standard input asks, a line that begins with "=" on standard output answers.
//
// arguments: host, port, prefix of all keys
// enqueue <callers> <tasks> <bytes>     tasks per second
// enqueue-all <tasks> <bytes>           tasks per second
// drain <concurrency> <tasks> <bytes>   tasks per second
// latency <millis> <bytes>              p50 p99 p99.9, in ms
import { createInterface } from 'node:readline';
import { Queue, Worker } from 'bullmq';
import Redis from 'ioredis';

const [host, port, prefix] = process.argv.slice(2);
const TASKS_PER_BULK = 1000;
const PERIOD_MILLIS = 10;
// a task that is done is gone, as with the others
const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };

const connect = () => new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
const queue = new Queue('benchmark', { connection: connect(), prefix, defaultJobOptions });

// {"number":1000000000,"note":"…"} as Order.java makes it
const order = (index, bytes) => ({ number: 1_000_000_000 + index, note: 'x'.repeat(bytes - 31) });
const seconds = async (work) => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};
const clear = () => queue.obliterate({ force: true });

async function addAll(tasks, bytes) {
  for (let from = 0; from < tasks; from += TASKS_PER_BULK) {
    const count = Math.min(TASKS_PER_BULK, tasks - from);
    await queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: 'order', data: order(from + i, bytes) })));
  }
}

async function whileWorking(concurrency, handle, work) {
  const worker = new Worker('benchmark', handle, { connection: connect(), prefix, concurrency, autorun: false });
  worker.on('error', (error) => console.error(error));
  await worker.waitUntilReady();
  try {
    return await work(worker);
  } finally {
    await worker.close();
    await clear();
  }
}

async function enqueue(callers, tasks, bytes) {
  const each = Math.max(1, Math.floor(tasks / callers));
  const data = order(0, bytes);
  const caller = async () => {
    for (let task = 0; task < each; task++) {
      await queue.add('order', data);
    }
  };
  const time = await seconds(() => Promise.all(Array.from({ length: callers }, caller)));
  await clear();
  return [(each * callers) / time];
}

async function enqueueAll(tasks, bytes) {
  const time = await seconds(() => addAll(tasks, bytes));
  await clear();
  return [tasks / time];
}

async function drain(concurrency, tasks, bytes) {
  await addAll(tasks, bytes);
  return whileWorking(concurrency, async () => {}, async (worker) => {
    let done = 0;
    const time = await seconds(() => new Promise((resolve) => {
      worker.on('completed', () => {
        done++;
        if (done === tasks) {
          resolve();
        }
      });
      worker.run();
    }));
    return [tasks / time];
  });
}

async function latency(millis, bytes) {
  const tasks = Math.floor(millis / PERIOD_MILLIS);
  const sent = [];
  const times = [];
  let all;
  const arrived = new Promise((resolve) => { all = resolve; });
  const handle = async (job) => {
    times.push(Number(process.hrtime.bigint() - sent[job.data.number - 1_000_000_000]) / 1e6);
    if (times.length === tasks) {
      all();
    }
  };
  return whileWorking(10, handle, async (worker) => {
    worker.run();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const timer = setInterval(() => {
      if (sent.length === tasks) {
        clearInterval(timer);
        return;
      }
      sent.push(process.hrtime.bigint());
      queue.add('order', order(sent.length - 1, bytes));
    }, PERIOD_MILLIS);
    await arrived;
    times.sort((a, b) => a - b);
    return [0.5, 0.99, 0.999].map((share) => times[Math.max(0, Math.ceil(share * tasks) - 1)]);
  });
}

const measurements = { enqueue, 'enqueue-all': enqueueAll, drain, latency };
await queue.waitUntilReady();
console.log('= 0'); // ready
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...numbers] = line.split(' ');
  console.log('= ' + (await measurements[name](...numbers.map(Number))).join(' '));
}
process.exit(0);
