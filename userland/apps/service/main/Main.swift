// SPDX-License-Identifier: MIT
import ServiceControl
import System

/// `service`, `shutdown`, `reboot`: asks init, through its scheme.
@main struct ServiceProgram {
  static func main() {
    do throws(UsageError) {
      exit(perform(try ServiceRequest(program: Arguments.text(at: 0), arguments: Arguments.all)))
    } catch {
      complain(error.message)
      Handle.standardError.writeIgnoringErrors(Text(ServiceRequest.usage))
      exit(2)
    }
  }

  private static func perform(_ request: ServiceRequest) -> Int32 {
    switch request {
    case .help: return show(Text(ServiceRequest.usage))
    case .list: return showList()
    case .status(nil): return showAll()
    case .status(let name?): return show(file: name + "/status", of: name)
    case .log(let name): return show(file: name + "/log", of: name)
    case .stop(let name, let isForced):
      if !isForced, let reason = reasonToKeep(name) {
        complain(
          name + ": " + Text(reason) + ", and nothing could be typed to start it again; "
            + "use --force, or restart")
        return 1
      }
      return send("stop " + name + "\n")
    case .command(let line): return send(line)
    }
  }

  private static var scheme: Text { "/scheme/service/" }

  private static func show(_ text: Text) -> Int32 {
    do throws(SystemError) {
      try Handle.standardOutput.writeAll(text.span)
      return 0
    } catch {
      complain(error.explanationText)
      return 1
    }
  }

  private static func showList() -> Int32 {
    do throws(SystemError) {
      return show(ServiceTable.aligned(Text(try FileSystem.read(scheme + "list"))))
    } catch {
      return failed(error, nil)
    }
  }

  private static func show(file: Text, of service: Text?) -> Int32 {
    do throws(SystemError) {
      return show(Text(try FileSystem.read(scheme + file)))
    } catch {
      return failed(error, service)
    }
  }

  private static func showAll() -> Int32 {
    do throws(SystemError) {
      var text = Text()
      for entry in try Directory(scheme).entries() where entry.type == FileMode.directory {
        if !text.isEmpty { text.put(0x0A) }
        text += Text(try FileSystem.read(scheme + entry.name + "/status"))
      }
      return show(text)
    } catch {
      return failed(error, nil)
    }
  }

  private static func send(_ line: Text) -> Int32 {
    do throws(SystemError) {
      let control = try File(scheme + "control", .write)
      try control.writeAll(line.span)
      return 0
    } catch {
      let words = line.words()
      return failed(error, words.count > 1 ? words[1] : nil)
    }
  }

  /// Why somebody at a terminal would be lost without the service.
  private static func reasonToKeep(_ service: Text) -> StaticString? {
    guard Terminal.isTerminal(.standardInput),
      let path = try? Handle.standardInput.path(),
      let bytes = try? FileSystem.read(scheme + service + "/status")
    else { return nil }
    let status = Text(bytes)
    if ServiceTable.serves(path, status: status) { return "this terminal is its" }
    if ServiceTable.asks(on: path, status: status) { return "it asks for users here" }
    return ServiceTable.serves("/scheme/file/bin", status: status) ? "all programs are its" : nil
  }

  private static func failed(_ error: SystemError, _ service: Text?) -> Int32 {
    if let service, error == .notFound {
      complain("there is no service " + service.quotedForMessage)
    } else if let service {
      complain(service + ": " + error.explanationText)
    } else {
      complain(error.explanationText)
    }
    return 1
  }

  private static func complain(_ message: Text) {
    Handle.standardError.writeIgnoringErrors(
      Path.name(of: Arguments.text(at: 0)) + ": " + message + "\n")
  }
}

extension SystemError {
  /// The error in words, as a text.
  fileprivate var explanationText: Text { Text(explanation) }
}
