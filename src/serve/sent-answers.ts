import { ResponderBuilder, ServerInterceptingCall, ServerListenerBuilder, type ServerInterceptor } from "@grpc/grpc-js";

/**
 * Tells when an answer has left for its connection: until then it is in memory, however slowly the caller reads. gRPC
 * sends a call's status once its message is written, and shows the same request to interceptors and to the call.
 */
export class SentAnswers {
  readonly #waiting = new WeakMap<object, PromiseWithResolvers<undefined>>();

  /** To be given to the server. */
  readonly interceptor: ServerInterceptor = (_method, call) => {
    let request: object | undefined;
    const listener = new ServerListenerBuilder()
      .withOnReceiveMessage((message: unknown, next) => {
        if (typeof message === "object" && message !== null) request = message;
        next(message);
      })
      .withOnCancel(() => this.#left(request))
      .build();
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((status, next) => {
        this.#left(request);
        next(status);
      })
      .build();
    return new ServerInterceptingCall(call, responder);
  };

  /** Resolves when the answer to this request, as the call was given it, has left, or its caller has. */
  sent(request: object): Promise<unknown> {
    const one = this.#waiting.get(request) ?? Promise.withResolvers<undefined>();
    this.#waiting.set(request, one);
    return one.promise;
  }

  #left(request: object | undefined): void {
    if (request !== undefined) this.#waiting.get(request)?.resolve(undefined);
  }
}
