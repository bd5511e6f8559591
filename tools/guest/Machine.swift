// SPDX-License-Identifier: MIT

/// The virtual machine that a guest gets.
public struct Machine: Equatable, Sendable {
  /// How the system gets into memory.
  public enum Start: Equatable, Sendable {
    /// QEMU puts a kernel and the archives that it boots from there: the quickest way.
    case kernel(String, initrd: String)
    /// Firmware starts what lies on the first disk. `request` is a file with archives for the kernel.
    case firmware(Firmware, request: String?)
  }

  public enum Firmware: Equatable, Sendable {
    /// A file with the code, and one with the variables, which stays as it is.
    case uefi(code: String, variables: String)
    case bios
  }

  /// A disk image that is attached.
  public struct Disk: Equatable, Sendable {
    public var file: String
    public var bus: DiskBus
    /// Whether what the guest writes is forgotten when it ends.
    public var isTemporary: Bool

    public init(_ file: String, bus: DiskBus = .virtio, isTemporary: Bool) {
      self.file = file
      self.bus = bus
      self.isTemporary = isTemporary
    }
  }

  public enum DiskBus: String, CaseIterable, Sendable { case virtio, nvme, ahci }

  public var start: Start
  /// In the order in which they are attached.
  public var disks: [Disk] = []
  /// Images of discs, which are in drives of their own at the board's AHCI controller.
  public var discs: [String] = []
  public var processorCount = 1
  /// In MiB.
  public var memory = 256
  /// Words for the kernel.
  public var commandLine = ""
  /// Whether it has a screen in a window.
  public var hasScreen = false
  /// Further words for QEMU, which come last and so win.
  public var extra: [String] = []

  public init(kernel: String, initrd: String) { start = .kernel(kernel, initrd: initrd) }

  public init(_ start: Start) { self.start = start }

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
      "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
    ]
    words += emulatorArguments
    words += startArguments
    words += diskArguments
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

extension Machine {
  /// The emulator keeps what it has translated by the page, in lists that it goes through at each write to
  /// such a page. In a guest that has run thousands of programs they are so long that it stands still
  /// for minutes, unless it throws all away now and then: with so many MiB of it.
  private var emulatorArguments: [String] {
    let isChosen = extra.contains("-accel") || extra.contains("-enable-kvm")
    return isChosen ? [] : ["-accel", "tcg,tb-size=64"]
  }

  /// Places at the board's AHCI controller.
  public static var places: Int { 6 }

  /// How many of them disks and discs take.
  public var takenPlaces: Int { disks.count { $0.bus == .ahci } + discs.count }

  private var diskArguments: [String] {
    var words: [String] = []
    var place = 0
    for (index, disk) in disks.enumerated() {
      words += disk.arguments(index, place: place)
      if disk.bus == .ahci { place += 1 }
    }
    for (index, disc) in discs.enumerated() {
      words += [
        "-drive",
        "if=none,id=disc\(index),format=raw,media=cdrom,readonly=on,file=\(disc.asOptionValue)",
        "-device", "ide-cd,bus=ide.\(place + index),drive=disc\(index)",
      ]
    }
    return words
  }

  private var startArguments: [String] {
    switch start {
    case .kernel(let kernel, let initrd):
      return ["-kernel", kernel, "-initrd", initrd]
        + (commandLine.isEmpty ? [] : ["-append", commandLine])
    case .firmware(let firmware, let request):
      var words: [String] = []
      if case .uefi(let code, let variables) = firmware {
        words += [
          "-drive", "if=pflash,format=raw,readonly=on,file=\(code.asOptionValue)",
          "-drive", "if=pflash,format=raw,snapshot=on,file=\(variables.asOptionValue)",
        ]
      }
      if let request {
        words += ["-fw_cfg", "name=opt/apus/archive,file=\(request.asOptionValue)"]
      }
      if !commandLine.isEmpty {
        words += ["-fw_cfg", "name=opt/apus/cmdline,string=\(commandLine.asOptionValue)"]
      }
      return words
    }
  }
}

extension Machine.Disk {
  /// Disk number `index`; firmware tries them in their order. (The first place is taken by a kernel that
  /// QEMU puts into memory.)
  ///
  /// - Parameter place: at the board's AHCI controller.
  fileprivate func arguments(_ index: Int, place: Int) -> [String] {
    let format = file.hasSuffix(".qcow2") ? "qcow2" : "raw"
    let drive =
      "if=none,id=disk\(index),format=\(format),snapshot=\(isTemporary ? "on" : "off")"
      + ",file=\(file.asOptionValue)"
    let device =
      switch bus {
      case .virtio: "virtio-blk-pci,drive=disk\(index)"
      case .nvme: "nvme,serial=apus\(index),drive=disk\(index)"
      case .ahci: "ide-hd,bus=ide.\(place),drive=disk\(index)"
      }
    return ["-drive", drive, "-device", "\(device),bootindex=\(index + 1)"]
  }
}

extension String {
  /// As a value among options, which commas part.
  fileprivate var asOptionValue: String {
    split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
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
