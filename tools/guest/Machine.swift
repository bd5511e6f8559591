// SPDX-License-Identifier: MIT

/// The virtual machine that a guest gets.
public struct Machine: Equatable, Sendable {
  /// The kernel's file and the archives that it boots from.
  public var kernel: String
  public var initrd: String
  public var processorCount = 1
  /// In MiB.
  public var memory = 256
  /// Words for the kernel.
  public var commandLine = ""
  /// Whether it has a screen in a window.
  public var hasScreen = false
  /// Further words for QEMU, which come last and so win.
  public var extra: [String] = []

  public init(kernel: String, initrd: String) {
    self.kernel = kernel
    self.initrd = initrd
  }

  public static let program = "qemu-system-x86_64"

  /// QEMU's exit status when the kernel panicked: it writes 0x2A to the debug exit device, which
  /// makes 0x2A * 2 + 1 of it.
  public static let panicStatus: Int32 = 85

  /// Where the guest's serial ports and QEMU's monitor go.
  public enum Attachment: Equatable, Sendable {
    /// The first serial port and the monitor share the terminal; Ctrl-A X ends it. What the guest
    /// writes is kept in the file `log` as well.
    case terminal(log: String)
    /// First and second serial port are the writing ends of pipes, the control channel is a socket,
    /// all of them open descriptors. (QEMU writes byte by byte; a pipe packs bytes, while a socket's
    /// buffer is full after a few hundred such writes, and then the guest may lose bytes.)
    case descriptors(console: Int32, frames: Int32, monitor: Int32)
  }

  /// The command line of QEMU.
  public func arguments(_ attachment: Attachment) -> [String] {
    var words = [
      "-M", "q35", "-cpu", "max", "-m", "\(memory)", "-smp", "\(processorCount)",
      "-nodefaults", "-no-user-config", "-rtc", "base=utc",
      "-kernel", kernel, "-initrd", initrd,
      "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
    ]
    if !commandLine.isEmpty { words += ["-append", commandLine] }
    words += hasScreen ? ["-device", "VGA", "-display", "gtk"] : ["-display", "none"]
    switch attachment {
    case .terminal(let log):
      words += [
        "-chardev", "stdio,id=console,mux=on,signal=off,logfile=\(log)",
        "-mon", "chardev=console", "-serial", "chardev:console",
      ]
    case .descriptors(let console, let frames, let monitor):
      words += [
        "-no-reboot",
        "-chardev", "file,id=console,path=/dev/fd/\(console)", "-serial", "chardev:console",
        "-chardev", "file,id=frames,path=/dev/fd/\(frames)", "-serial", "chardev:frames",
        "-chardev", "socket,id=monitor,fd=\(monitor)", "-mon", "chardev=monitor,mode=control",
      ]
    }
    return words + extra
  }
}

/// Splits a text at spaces as a shell would: quotes of both kinds and backslashes keep words whole.
/// Nil when a quote does not end.
public func shellWords(_ text: String) -> [String]? {
  var words: [String] = []
  var word: String?
  var quote: Character?
  var isEscaped = false
  for character in text {
    if isEscaped {
      word = (word ?? "") + String(character)
      isEscaped = false
    } else if character == "\\" && quote != "'" {
      isEscaped = true
      word = word ?? ""
    } else if let open = quote {
      if character == open { quote = nil } else { word = (word ?? "") + String(character) }
    } else if character == "\"" || character == "'" {
      quote = character
      word = word ?? ""
    } else if character.isWhitespace {
      if let complete = word { words.append(complete) }
      word = nil
    } else {
      word = (word ?? "") + String(character)
    }
  }
  if let complete = word { words.append(complete) }
  return quote == nil && !isEscaped ? words : nil
}
