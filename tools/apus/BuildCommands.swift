// SPDX-License-Identifier: MIT
import ArgumentParser
import DiskImages
import Guest
import Host
import Project

/// `apus build`: everything that an image needs.
struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build the kernel, the programs and the archive of an image.")

  @Argument(help: "The image, by its name in images/.")
  var image = "minimal"

  @Option(name: .customLong("arch"), help: "The processor.")
  var processor: Processor = .x86_64

  func run() throws {
    guard processor.isComplete else { throw Failure.notYet("--arch \(processor)") }
    let start = ContinuousClock.now
    let system = try orFail { () throws(BuildError) in
      try Builder.talking(.current()).build(image: image, for: processor)
    }
    let size = (Files.facts(system.initrd)?.size ?? 0) / 1024
    Output.note("\(image): ready after \(seconds(since: start)), archive \(size) KiB")
  }
}

/// `apus image`: a disk image to boot elsewhere.
struct DiskImage: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case raw, qcow2 }

  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Make a bootable disk image.",
    discussion: """
      The image has a GPT, an EFI system partition with loader, kernel and initial file system, and \
      the root file system if it is one on a disk. UEFI and, by GRUB, BIOS start it. The same \
      sources make the same image.
      """)

  @Argument(help: "The image, by its name in images/.")
  var image: String

  @Option(help: ArgumentHelp("Where it goes; NAME.img or NAME.qcow2 here.", valueName: "file"))
  var output: String?

  @Option(help: "raw, or qcow2, in which zeros take no room.")
  var format: Format = .raw

  func run() throws {
    let project = Project.current()
    let start = ContinuousClock.now
    let built = try orFail { () throws(BuildError) in
      try DiskImageBuilder(.talking(project), .x86_64, hasBIOSLoader: true).build(image)
    }
    let target = output ?? "\(image).\(format == .raw ? "img" : "qcow2")"
    try orFail { () throws(HostError) in
      switch format {
      case .qcow2: try QCOW2Image.convert(built.disk, to: target)
      case .raw:
        let copy = try Command("cp", ["--sparse=always", built.disk, target]).capture()
        guard copy.status.isSuccess else {
          throw .file(path: target, action: "write", reason: copy.text.trimmed)
        }
      }
    }
    Output.note(
      "\(target): ready after \(seconds(since: start)), files of \(built.fileBytes / 1024) KiB")
  }
}

/// `apus size`: how big everything is.
struct Size: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the size of the kernel and of each program, in bytes.")

  @Option(name: .customLong("against"), help: "Compare with a git revision, which is built too.")
  var revision: String?

  func run() throws {
    let project = Project.current()
    let now = try measure(project)
    let old = try revision.map { try checkedOut($0, project) }
    now.table(comparedTo: old).forEach(Output.line)
    let bytes = try orFail { () throws(BuildError) in
      try Builder.talking(project).fileBytes(of: "minimal", for: .x86_64)
    }
    Output.line("files of the minimal image: \(bytes)")
  }

  private func measure(_ project: Project) throws(Failure) -> Sizes {
    let builder = Builder.talking(project)
    try orFail { () throws(BuildError) in
      try builder.build(.kernel(.x86_64))
      try builder.build(.userland(.x86_64))
    }
    return try orFail { () throws(HostError) in try Sizes.measure(project, .x86_64) }
  }

  /// Builds another revision in a folder of its own, so that the user's files stay as they are.
  private func checkedOut(_ revision: String, _ project: Project) throws(Failure) -> Sizes {
    let tree = project.built("size/tree")
    let commands = [
      Command("git", ["-C", project.root, "worktree", "prune"]),
      Command(
        "git", ["-C", project.root, "worktree", "add", "--force", "--detach", tree, revision]),
    ]
    defer {
      _ = try? Command("git", ["-C", project.root, "worktree", "remove", "--force", tree]).capture()
    }
    for command in commands {
      let result = try orFail { () throws(HostError) in try command.capture() }
      guard result.status.isSuccess else { throw .usage(result.text.trimmed) }
    }
    return try measure(Project(root: tree, buildFolder: project.built("size/build")))
  }
}

/// `apus format`: swift-format over all sources.
struct Format: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Format all Swift sources.")

  @Flag(help: "Change nothing; fail when something is not formatted.")
  var check = false

  func run() throws {
    let project = Project.current()
    let folders = ["kernel", "libraries", "loader", "userland", "tools", "tests"]
      .map(project.path).filter(Files.exists)
    let mode = check ? ["lint", "--strict"] : ["format", "--in-place"]
    let command = Command("swift", ["format"] + mode + ["--parallel", "--recursive"] + folders)
    let result = try orFail { () throws(HostError) in try command.capture() }
    guard result.status.isSuccess else {
      throw Failure([result.text.trimmed, "apus: ./apus format mends the layout"], status: 1)
    }
  }
}
