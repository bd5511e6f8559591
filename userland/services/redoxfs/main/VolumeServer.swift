// SPDX-License-Identifier: MIT
import FileLocking
import Hierarchy
import RedoxFS
import System
import VolumeService

/// A scheme over a volume: takes requests apart and hands them on.
///
/// Who has a file open is the kernel's knowledge: before a file without a name is removed, the list
/// of open descriptions is asked.
struct VolumeServer: SchemeServer, ~Copyable {
  typealias File = UInt64
  typealias Volume = MountedVolume<DiskStore, CapsuleStore>

  let volume: Volume
  /// The states that the volume keeps, below `.snapshots` in its root.
  let snapshots: SnapshotTree<DiskStore, CapsuleStore>
  var mapped: MappedFiles
  var session: SchemeSession?
  var links = LinkPlaces(now: Clock.now().nanoseconds)
  /// Behind the places of mapped files.
  var locks = LockService(LockMemory<CapsuleStore>.kept(at: 4095))
  var counts = OpenCounts()
  /// What was read last.
  var lent = LentBytes()
  /// A commit will come by itself.
  var isCommitPlanned = false

  init(_ volume: Volume, _ capsule: CapsuleStore?) {
    self.volume = volume
    snapshots = SnapshotTree(volume)
    mapped = MappedFiles(volume, capsule)
  }

  mutating func start(_ session: SchemeSession) {
    self.session = session
    mapped.start(session)
    locks.start(session)
    if locks.wasDamaged { Log.error("what was kept of locks is damaged: they are lost") }
    let open = openNodes(except: nil)
    counts.begin(with: open)
    do throws(SystemError) {
      try volume.releaseAll { node in open?.contains(node) ?? true || mapped.isInUse(node) }
    } catch { Log.error("files without a name cannot be removed: " + Text(error.explanation)) }
    planCommit()
  }

  // MARK: Words

  /// The root has the word zero; other files have the number of their node.
  func word(_ node: UInt32) -> UInt64 { node == Volume.root ? 0 : UInt64(node) }

  func node(_ word: UInt64) throws(SystemError) -> UInt32 {
    if word == 0 { return Volume.root }
    guard word <= UInt64(UInt32.max) else {
      // Reading them does not come here.
      throw SnapshotNode(word: word) == nil ? .gone : .readOnlyFileSystem
    }
    return UInt32(word)
  }

  /// The nodes that somebody has open; `nil` if they cannot be had, and then nothing is removed.
  func openNodes(except description: UInt64?) -> [UInt32]? {
    guard let session else { return nil }
    do throws(SystemError) {
      var nodes: [UInt32] = []
      for record in try session.descriptions()
      where record.description != description && record.word <= UInt64(UInt32.max) {
        nodes.append(UInt32(record.word))
      }
      return nodes
    } catch { return nil }
  }

  func mark(_ request: borrowing Request) -> RequestMark {
    RequestMark(description: request.description, sequence: request.sequence)
  }

  /// Who asks. Further groups are not asked for until they may decide something.
  func user(_ request: borrowing Request) -> FileUser {
    FileUser(user: request.caller.user, group: request.caller.group, groups: nil)
  }

  /// Asks which further groups a client is in who was refused something, so that it can be tried again.
  /// - Throws: `error`, if that would change nothing.
  func learnGroups(
    of user: inout FileUser, after error: SystemError, _ request: borrowing Request
  ) throws(SystemError) {
    guard user.isUndecided(by: error), let session else { throw error }
    user.groups = try session.groups(of: request.tag)
  }

  mutating func resultOfRepeated(_ request: borrowing Request) -> UInt? {
    volume.result(of: mark(request), opens: false).map { UInt(truncatingIfNeeded: $0) }
  }

  // MARK: Commits

  /// What was done is on the medium within a while, whether anybody asks for it or not.
  mutating func planCommit() { if volume.isDirty { planWake() } }

  mutating func planWake() {
    guard !isCommitPlanned else { return }
    isCommitPlanned = true
    session?.wake(at: Deadline(nanoseconds: Clock.now().nanoseconds &+ Limits.commitDelay))
  }

  mutating func signalled() {
    if Stopping.isWanted { end() }
  }

  /// Ends with everything on the medium; with status 1 if that cannot be had.
  mutating func end() -> Never {
    do throws(SystemError) {
      try mapped.takeOverAll()
      // Files without a name that nobody has any more do not wait for the next mount.
      try mapped.sweep(idleFor: 0)
      try releaseUnused()
      try volume.commit()
    } catch { exit(1) }
    if let session { DiskClaim.giveUp(in: session) }
    exit(0)
  }

  mutating func wake() {
    if Stopping.isWanted { end() }
    isCommitPlanned = false
    lent.release()
    guard !volume.hasFailed || volume.recover() else { return planWake() }
    // What is wrong was said; whoever asks for it to be on the medium hears of it.
    do throws(SystemError) {
      try mapped.takeOverAll()
      try mapped.sweep()
      try releaseUnused()
      try volume.commit()
    } catch {
      if volume.hasFailed { planWake() }
      return
    }
    if !mapped.isEmpty { planWake() }
  }

  /// Files without a name go once nobody has them open or mapped.
  mutating func releaseUnused() throws(SystemError) {
    guard !volume.files.releasedNodes.isEmpty, let open = openNodes(except: nil) else { return }
    try volume.releaseAll { node in open.contains(node) || mapped.isInUse(node) }
  }

  mutating func synchronise(_ file: UInt64, for request: inout Request) throws(SystemError) {
    if volume.hasFailed { _ = volume.recover() }
    try mapped.takeOverAll()
    do throws(SystemError) { try volume.commit() } catch {
      planWake()
      throw error
    }
  }
}
