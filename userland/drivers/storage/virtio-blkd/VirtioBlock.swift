// SPDX-License-Identifier: MIT
public import Core
public import Disks
public import Memory
public import Storage
public import Virtio

/// A virtio block device (5.2).
public struct VirtioBlock<Bus: RegisterBus & ~Copyable>: BlockDevice, ~Copyable {
  private var transport: VirtioTransport<Bus>
  private var queue: SplitQueue
  /// Headers and status bytes of the requests.
  private let headers: SharedBytes
  private let headersAddress: UInt64
  public private(set) var geometry = BlockGeometry(blockBytes: 512, blockCount: 0)
  public let depth: Int
  /// The most pieces and bytes a piece of one request's data.
  private let segmentLimit: Int
  private var discardLimit: UInt64 = 0
  private let configurationBytes: Int

  // Features (5.2.3, 6).
  private enum Feature {
    static var segmentSize: UInt64 { 1 << 1 }
    static var segmentCount: UInt64 { 1 << 2 }
    static var readOnly: UInt64 { 1 << 5 }
    static var blockSize: UInt64 { 1 << 6 }
    static var flush: UInt64 { 1 << 9 }
    static var discard: UInt64 { 1 << 13 }
    static var indirect: UInt64 { 1 << 28 }
    static var all: UInt64 {
      segmentSize | segmentCount | readOnly | blockSize | flush | discard | indirect
    }
  }

  private enum Kind {
    static var read: UInt32 { 0 }
    static var write: UInt32 { 1 }
    static var flush: UInt32 { 4 }
    static var discard: UInt32 { 11 }
  }

  /// Bytes for each request: header 16, range of a discard 16, status 1.
  private static var headerBytes: Int { 64 }
  private static var slotLimit: Int { 64 }
  /// Pieces of data that are asked for: 128 KiB of scattered pages, beginning anywhere.
  private static var wantedSegments: Int { 33 }
  private static var sectorBytes: UInt64 { 512 }

  /// What memory a device needs: one piece, known to it by one address.
  public static var byteCount: Int { 131_072 }

  /// Resets the device and makes it ready.
  ///
  /// - Parameters:
  ///   - memory: `byteCount` bytes in one piece, at `address` for the device.
  ///   - configurationBytes: how many registers of its own the device has.
  public static func made(
    _ transport: consuming VirtioTransport<Bus>, _ memory: SharedBytes, at address: UInt64,
    configurationBytes: Int
  ) throws(VirtioError) -> VirtioBlock<Bus> {
    guard configurationBytes >= 24, memory.count >= Self.byteCount else { throw .unsupported }
    try transport.begin(wanting: Feature.all)
    let isIndirect = transport.features & Feature.indirect != 0
    let found = segments(transport, configurationBytes)
    let size = min(256, Int(transport.queueSize(0)))
    let pieces = found + 2
    // Without tables, a queue has to hold at least one request.
    let most = isIndirect ? found : min(found, size - 2)
    guard size >= 4, most >= 1 else { throw .unsupported }
    let queue = SplitQueue(
      memory.extracting(slotLimit * headerBytes..<memory.count),
      at: address + UInt64(slotLimit * headerBytes), size: size, slots: min(slotLimit, size),
      pieces: min(pieces, most + 2), isIndirect: isIndirect)
    var device = VirtioBlock(
      transport, queue, memory.extracting(0..<slotLimit * headerBytes), at: address,
      segmentLimit: most, configurationBytes: configurationBytes)
    try device.start()
    return device
  }

  private init(
    _ transport: consuming VirtioTransport<Bus>, _ queue: consuming SplitQueue,
    _ headers: SharedBytes, at address: UInt64, segmentLimit: Int, configurationBytes: Int
  ) {
    depth = queue.slotCount
    self.transport = transport
    self.queue = queue
    self.headers = headers
    headersAddress = address
    self.segmentLimit = segmentLimit
    self.configurationBytes = configurationBytes
  }

  private static func segments(
    _ transport: borrowing VirtioTransport<Bus>, _ configurationBytes: Int
  ) -> Int {
    let own = transport.configuration(min(configurationBytes, 24))
    let count = UInt32(truncatingIfNeeded: own.span.littleWord(at: 8) >> 32)
    guard transport.features & Feature.segmentCount != 0, count > 0 else { return 1 }
    return min(wantedSegments, Int(count))
  }

  /// Makes the device ready after `begin`.
  private mutating func start() throws(VirtioError) {
    try transport.setUp(0, queue.places, vector: 0)
    readGeometry()
    guard geometry.isSound else { throw .unsupported }
    transport.go()
  }

  private mutating func readGeometry() {
    let own = transport.configuration(min(configurationBytes, 60))
    let word = { (offset: Int) -> UInt64 in
      offset + 8 <= own.count ? own.span.littleWord(at: offset) : 0
    }
    let sectors = word(0)
    var blockBytes: UInt32 = 512
    if transport.features & Feature.blockSize != 0 {
      let found = UInt32(truncatingIfNeeded: word(16) >> 32)
      if found.isPowerOfTwo, found >= 512, found <= 65_536 { blockBytes = found }
    }
    var geometry = BlockGeometry(
      blockBytes: blockBytes, blockCount: sectors / (UInt64(blockBytes) / Self.sectorBytes))
    geometry.isReadOnly = transport.features & Feature.readOnly != 0
    geometry.hasCache = transport.features & Feature.flush != 0
    // Scattered pages: all but the first piece may be as short as a page.
    var limit = UInt32(max(1, segmentLimit - 1) * 4096)
    if transport.features & Feature.segmentSize != 0 {
      let most = UInt32(truncatingIfNeeded: word(8))
      // Pieces are pages, or runs of them: a device that takes less is of no use here.
      pieceBytes = most >= 4096 ? most & ~4095 : 4096
    }
    limit = min(limit, 131_072) / blockBytes * blockBytes
    geometry.transferLimit = max(limit, blockBytes)
    if transport.features & Feature.discard != 0, own.count >= 44 {
      discardLimit = word(36) & 0xFFFF_FFFF
      geometry.discards = discardLimit > 0
    }
    self.geometry = geometry
  }

  /// The longest piece.
  private var pieceBytes: UInt32 = 1 << 22

  /// Of the request that is being submitted.
  private var pieces: [QueuePiece] = []

  private func place(_ slot: Int) -> Int { slot * Self.headerBytes }

  public mutating func submit(_ transfer: BlockTransfer, slot: Int) throws(DeviceFailure) {
    let place = place(slot)
    let address = headersAddress + UInt64(place)
    let sectors = UInt64(geometry.blockBytes) / Self.sectorBytes
    // The same array again and again: making one costs more than filling it.
    var pieces = self.pieces
    self.pieces = []
    defer { self.pieces = pieces }
    pieces.removeAll(keepingCapacity: true)
    pieces.append(QueuePiece(address, 16, isWritten: false))
    let kind: UInt32
    switch transfer.operation {
    case .read, .write:
      kind = transfer.operation == .read ? Kind.read : Kind.write
      let isWritten = transfer.operation == .read
      let most = Int(pieceBytes)
      transfer.data?.forEachPiece { address, byteCount in
        var done = 0
        while done < byteCount {
          let count = min(most, byteCount - done)
          pieces.append(
            QueuePiece(address + UInt64(done), UInt32(count), isWritten: isWritten))
          done += count
        }
      }
    case .flush: kind = Kind.flush
    case .discard:
      kind = Kind.discard
      let count = min(transfer.blocks.count * sectors, UInt64(UInt32.max))
      headers.store(transfer.blocks.first * sectors, at: place + 16)
      headers.store(UInt32(truncatingIfNeeded: count), at: place + 24)
      headers.store(0 as UInt32, at: place + 28)
      pieces.append(QueuePiece(address + 16, 16, isWritten: false))
    }
    headers.store(kind, at: place)
    headers.store(0 as UInt32, at: place + 4)
    headers.store(transfer.operation.movesData ? transfer.blocks.first * sectors : 0, at: place + 8)
    headers.store(0xFF as UInt8, at: place + 32)
    pieces.append(QueuePiece(address + 32, 1, isWritten: true))
    guard queue.add(pieces, slot: slot) else { throw .full }
  }

  public mutating func ring() {
    if queue.publish() { transport.ring(0) }
  }

  public mutating func nextCompletion() throws(DeviceFailure) -> (slot: Int, outcome: BlockOutcome)?
  {
    do throws(VirtioError) {
      guard let ended = try queue.next() else { return nil }
      switch headers.load(at: place(ended.slot) + 32, as: UInt8.self) {
      case 0: return (ended.slot, .done)
      case 1: return (ended.slot, .failed)
      case 2: return (ended.slot, .unsupported)
      default: throw VirtioError.broken
      }
    } catch { throw .broken }
  }

  public mutating func reset() throws(DeviceFailure) {
    do throws(VirtioError) {
      try transport.begin(wanting: Feature.all)
      queue.reset()
      try start()
    } catch { throw transport.isGone ? .gone : .broken }
  }
}

extension DiskOperation {
  /// Whether blocks are named by the header.
  fileprivate var movesData: Bool { self == .read || self == .write }
}
