// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
public import Schemes

/// Runs scheme servers.
public enum Daemon {
  /// Serves requests for as long as the program runs.
  ///
  /// The scheme that init prepared for this service is served; a program that init did not start
  /// makes one of its own, binds it to `name` in `namespace`, or in its own if it may change that,
  /// and serves it. Readiness is told before the first request is taken. If it cannot serve, the
  /// reason is logged and the program ends with status 1.
  @inline(__always)
  public static func serve<Server: SchemeServer & ~Copyable>(
    _ server: consuming Server, as name: Text, in namespace: Handle = .none
  ) -> Never {
    do throws(SystemError) { attend(server, try PreparedScheme(name, in: namespace)) } catch {
      report(name, error)
    }
    exit(1)
  }

  /// As `serve(_:as:in:)`, for a program that has asked for what its scheme keeps before.
  @inline(__always)
  public static func serve<Server: SchemeServer & ~Copyable>(
    _ server: consuming Server, as prepared: PreparedScheme
  ) -> Never {
    attend(server, prepared)
    exit(1)
  }

  @inline(__always)
  private static func attend<Server: SchemeServer & ~Copyable>(
    _ server: consuming Server, _ prepared: PreparedScheme
  ) {
    do throws(SystemError) { try prepared.bind() } catch {
      return report(prepared.kernel.name, error)
    }
    run(server, prepared.kernel, prepared.area)
    Log.error("the scheme has ended")
  }

  @inline(never)
  @export(interface)
  static func report(_ name: Text, _ error: SystemError) {
    Log.error { line in
      line.put("cannot serve ")
      line.put(name)
      line.put(": ")
      line.put(error.explanation)
    }
  }

  /// Answers one request and takes the next, in one call, until there is nothing to serve any more.
  @inline(__always)
  private static func run<Server: SchemeServer & ~Copyable>(
    _ server: consuming Server, _ session: KernelSession, _ area: MessageArea
  ) {
    server.start(session)
    Readiness.tell()
    let handle = session.server.handle
    var answer = Answer()
    while true {
      let waiting = session.hasOtherEvents ? AnswerFlags.doNotWait : AnswerFlags()
      let result = trap(
        NextRequest {
          $0.server = handle
          $0.tag = answer.tag
          $0.result = answer.result
          $0.data = answer.data
          $0.flags = answer.flags | waiting
        })
      if result &- 1 < UInt.max &- 4096 {
        answer = server.dispatch(area, session)
      } else if result == 0 {
        answer.tag = 0
        session.waitForEvents(&server)
      } else if result == CallResult(.badHandle).rawValue, answer.flags.isEmpty {
        return
      } else {
        answer = afterFailure(answer, result)
        if result == CallResult(.interrupted).rawValue { server.signalled() }
      }
    }
  }

  /// What to answer after a call that failed. A client that is gone and a signal need nothing more;
  /// an answer that the kernel refused is replaced by an error, so that no client waits for ever.
  @inline(never)
  @export(interface)
  static func afterFailure(_ answer: Answer, _ result: UInt) -> Answer {
    var next = Answer()
    let reason = error(inResult: result)
    if answer.tag != 0, reason != .gone, reason != .interrupted,
      answer.result != CallResult(.inputOutput).rawValue
    {
      next.tag = answer.tag
      next.result = CallResult(.inputOutput).rawValue
    }
    return next
  }
}

/// A scheme that this program is to serve, before its first request: who connects to it waits.
public struct PreparedScheme {
  let kernel: KernelSession
  let area: MessageArea
  private let namespace: Handle

  /// Requests with up to 64 KiB of input arrive whole, behind their record.
  private static var areaBytes: Int { 65_536 + 4096 }
  /// What one answer can bring: as much as one request can ask for.
  private static var answerBytes: Int { 32 * 4096 }

  /// Takes the scheme that init prepared for this service, or makes one, which has the name once it is
  /// served.
  @export(interface)
  public init(_ name: Text, in namespace: Handle = .none) throws(SystemError) {
    let scheme = try Self.scheme()
    let memory = try MemoryObject(byteCount: Self.areaBytes, .wired)
    area = MessageArea(
      requests: try memory.map(byteCount: Self.areaBytes),
      answers: try Mapping(byteCount: Self.answerBytes))
    kernel = KernelSession(
      name,
      OwnedHandle(
        try perform(
          AttachScheme {
            $0.scheme = scheme.handle
            $0.area = memory.handle
          })),
      of: scheme)
    self.namespace = namespace
  }

  /// What its server will have: what the scheme keeps can be asked for already.
  public var session: SchemeSession { kernel }

  @export(interface)
  func bind() throws(SystemError) {
    if namespace == .none, Service.wasPrepared { return }
    try kernel.bind(kernel.name, in: namespace)
  }

  private static func scheme() throws(SystemError) -> OwnedHandle {
    if let prepared = Service.takeScheme() { return prepared }
    return OwnedHandle(try perform(CreateScheme()))
  }
}

extension KernelSession {
  fileprivate func bind(_ name: Text, in namespace: Handle) throws(SystemError) {
    let root = OwnedHandle(try perform(CreateRoot { $0.scheme = scheme.handle }))
    if namespace == .none {
      let own = try Namespace.current()
      try own.bind(name, to: root.handle)
    } else {
      try Namespace.bind(name, to: root.handle, in: namespace)
    }
  }
}
