// SPDX-License-Identifier: MIT
import FunctionListing
import Manual
import PCI
import System

/// `lspci`: lists the functions that `pcid` knows.
@main struct ListProgram {
  static func main() {
    let request: ListRequest
    do throws(ListUsage) { request = try ListRequest(Arguments.all) } catch {
      if case .wrong(let message) = error {
        fail(message + "\nTry 'lspci --help'.", status: 2)
      }
      return show(ListRequest.manual.help)
    }
    do throws(SystemError) {
      var text = Text()
      for entry in try Directory("/scheme/pci").entries() {
        text += try describe("/scheme/pci/" + entry.name, request)
      }
      if text.isEmpty, request.only != nil {
        fail("there is no such function")
      }
      show(text)
    } catch {
      fail(Text(error.explanation))
    }
  }

  private static func describe(
    _ path: Text, _ request: ListRequest
  ) throws(SystemError) -> Text {
    let file = try File(path + "/config", .read)
    let function = try PCIFunction.describe(file.handle)
    if let only = request.only, only != FunctionLines.place(function.address) { return Text() }
    var text = FunctionLines.line(function, isNumeric: request.isNumeric)
    guard request.isVerbose else { return text }
    let registers = ReadRegisters(bytes: try file.handle.readAll(limit: 4096))
    text += FunctionLines.details(function, CapabilityList.of(function.address, registers))
    return text
  }

  private static func show(_ text: Text) {
    do throws(SystemError) { try Handle.standardOutput.writeAll(text) } catch {
      fail(Text(error.explanation))
    }
  }

  private static func fail(_ reason: Text, status: Int32 = 1) -> Never {
    Handle.standardError.writeIgnoringErrors("lspci: " + reason + "\n")
    exit(status)
  }
}

/// Registers as they were read.
private struct ReadRegisters: ConfigurationAccess {
  let bytes: [UInt8]

  func byteCount(of function: FunctionAddress) -> Int { bytes.count }

  func read(_ function: FunctionAddress, _ offset: Int, width: Int) -> UInt32 {
    guard offset + width <= bytes.count else { return 0 }
    var value: UInt32 = 0
    for index in 0..<width { value |= UInt32(bytes[offset + index]) << UInt32(8 * index) }
    return value
  }

  func write(_ function: FunctionAddress, _ offset: Int, width: Int, _ value: UInt32) {}
}
