import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { MountError } from "../model/error.ts";
import type { Clock } from "../model/clock.ts";
import type { FinalCode } from "../model/reasons.ts";
import type { MountCall } from "../model/request.ts";
import type { Log } from "../observe/log.ts";
import type { MountRequest, VersionRequest, VersionResponse } from "../wire/provider.ts";
import { CallsInFlight } from "./grpc-socket/calls-in-flight.ts";
import { Connections } from "./grpc-socket/connections.ts";
import { answerMount } from "./guard.ts";
import { providerService } from "./provider-service.ts";
import type { StreamTable } from "./last-line/stream-table.ts";
import { watchConnection } from "./last-line/watched-connection.ts";
import { RewrittenConnection } from "./grpc-socket/rewritten-connection.ts";
import { holdSocket } from "./grpc-socket/held-socket.ts";
import type { ClaimedSocket } from "./grpc-socket/socket.ts";
import { fromWire } from "./wire.ts";
import { SentAnswers } from "./sent-answers.ts";
import { settlesWithin } from "./settles-within.ts";

/** One provider on one socket. The request does not name the provider: the socket it came through does. */
export interface ProviderSettings {
  /** `spec.provider`, and the name of the socket. */
  readonly name: string;
  readonly directory: string;
  /** Semantic version of the daemon, told to whoever asks. */
  readonly version: string;
  readonly mount: MountCall;
  /** Largest encoded answer that the driver takes, in bytes. */
  readonly mostBytes: number;
  readonly log: Log;
  readonly outside: Clock;
  /** Where its open calls are entered. */
  readonly streams: StreamTable;
  /** Its socket was lost: removed or replaced by somebody else. */
  socketLost(): void;
}

/** A provider that serves. */
export interface ProviderServer {
  readonly name: string;
  /** Path of its socket. */
  readonly path: string;
  /** Mounts that have not ended. */
  readonly inFlight: number;
  /** Whether its socket is there and still its own. */
  held(): Promise<boolean>;
  /** Takes the socket away and tells connected drivers to go; calls in flight go on. */
  refuse(): Promise<void>;
  /** Resolves when no Mount is in flight. */
  idle(): Promise<void>;
  /** Ends every Mount in flight with this error, or because the daemon stops. */
  abort(error?: MountError): void;
  /** Ends everything, answers still on their way within a second. */
  close(): Promise<void>;
}

/**
 * Requests are far smaller: etcd keeps no object above 1.5 MiB. Past this limit gRPC itself answers with a code that is
 * not final, so it stands where no driver comes.
 */
const mostRequestBytes = 64 * 1024 * 1024;

/** How long answers may take to leave when everything ends, in milliseconds. */
const lastAnswers = 1000;

const statusOf: Readonly<Record<FinalCode, status>> = {
  2: status.UNKNOWN,
  3: status.INVALID_ARGUMENT,
  5: status.NOT_FOUND,
  7: status.PERMISSION_DENIED,
  9: status.FAILED_PRECONDITION,
  13: status.INTERNAL,
  16: status.UNAUTHENTICATED,
};

/** Listens and answers. Throws StartError when the socket cannot be had. */
export async function startProviderServer(settings: ProviderSettings): Promise<ProviderServer> {
  const calls = new CallsInFlight();
  const grpc = createGrpcServer(settings, calls);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Connections();
  const trouble = (message: string) => (error: NodeJS.ErrnoException) =>
    settings.log.debug(message, { dialect: settings.name, error: error.code ?? error.name });
  const { name: dialect, outside, log } = settings;
  const claimed = await holdSocket({
    outside,
    lost: (socket) => {
      settings.socketLost();
      log.warn("socket lost", { dialect, socket, fix: "find out what removes or replaces files in this folder" });
    },
    contested: (socket, problem) => log.warn("socket not claimed again yet", { dialect, socket, problem }),
    regained: (socket) => log.info("socket claimed again", { dialect, socket }),
    directory: settings.directory,
    name: settings.name,
    failed: trouble("connection not accepted"),
    connected: (socket) => {
      connections.add(socket);
      socket.on("error", trouble("connection lost"));
      injector.injectConnection(new RewrittenConnection(socket, watchConnection(socket, settings.streams)));
    },
  });
  log.info("socket opened", { dialect, socket: claimed.path });
  return running(settings, { grpc, calls, connections, claimed });
}

interface Parts {
  readonly grpc: Server;
  readonly calls: CallsInFlight;
  readonly connections: Connections;
  readonly claimed: ClaimedSocket;
}

function running({ name, outside }: ProviderSettings, { grpc, calls, connections, claimed }: Parts): ProviderServer {
  const stopping = () => new MountError("cancelled", "the daemon is stopping; the driver asks the next one");
  const refuse = async () => {
    await claimed.release();
    // Its callback comes before the last answers have left: the connections tell when they have.
    grpc.tryShutdown(() => undefined);
  };
  return {
    name,
    path: claimed.path,
    get inFlight() {
      return calls.count;
    },
    held: claimed.held,
    refuse,
    idle: () => calls.idle(),
    abort: (error = stopping()) => calls.abort(error),
    close: async () => {
      await refuse();
      calls.abort(stopping());
      await settlesWithin(connections.ended(), lastAnswers, outside);
      connections.destroy();
      grpc.forceShutdown();
    },
  };
}

function createGrpcServer(settings: ProviderSettings, calls: CallsInFlight): Server {
  const answers = new SentAnswers();
  const server = new Server({
    interceptors: [answers.interceptor],
    "grpc.max_receive_message_length": mostRequestBytes,
    "grpc.max_send_message_length": -1,
    "grpc.enable_channelz": 0,
  });
  const greeting = { version: "v1alpha1", runtimeName: "keyferry", runtimeVersion: settings.version };
  server.addService(
    { ...providerService },
    {
      version: (_call: ServerUnaryCall<VersionRequest, VersionResponse>, answer: sendUnaryData<VersionResponse>) =>
        answer(null, greeting),
      mount: (call: ServerUnaryCall<MountRequest, Buffer>, answer: sendUnaryData<Buffer>) => {
        const sent = answers.sent(call.request);
        void calls.run((controller) => answerCall(settings, call, { controller, sent }, answer));
      },
    },
  );
  return server;
}

async function answerCall(
  settings: ProviderSettings,
  call: ServerUnaryCall<MountRequest, Buffer>,
  { controller, sent }: { readonly controller: AbortController; readonly sent: Promise<unknown> },
  answer: sendUnaryData<Buffer>,
): Promise<void> {
  const cancelled = () => controller.abort(new MountError("cancelled", "the caller went away"));
  if (call.cancelled) cancelled();
  call.on("cancelled", cancelled);
  const limits = { signal: controller.signal, deadline: deadlineOf(call), sent };
  const answered = await answerMount(settings.mount, fromWire(call.request), limits, settings);
  if (answered.kind === "answered") answer(null, answered.octets);
  else answer({ code: statusOf[answered.code], details: answered.message });
}

/** In milliseconds since 1970; undefined where the caller set none. */
function deadlineOf(call: ServerUnaryCall<unknown, unknown>): number | undefined {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? deadline : undefined;
}
