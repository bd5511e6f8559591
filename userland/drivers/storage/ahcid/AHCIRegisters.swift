// SPDX-License-Identifier: MIT

/// Registers of a host bus adapter (Serial ATA AHCI 1.3.1, 3.1), and their bits.
enum HostRegister {
  static let capabilities = 0x00
  static let control = 0x04
  static let interrupts = 0x08
  static let ports = 0x0C
  static let moreCapabilities = 0x24
  static let handOff = 0x28
  static let firstPort = 0x100
  static let portBytes = 0x80
}

enum HostCapability {
  /// The number of command slots, less one.
  static let slotShift: UInt32 = 8
  static let staggersStart: UInt32 = 1 << 27
  static let queues: UInt32 = 1 << 30
  static let reaches64: UInt32 = 1 << 31
  /// In the further capabilities: firmware may hold the controller.
  static let handsOff: UInt32 = 1
}

enum HostControl {
  static let reset: UInt32 = 1
  static let interrupts: UInt32 = 2
  static let enable: UInt32 = 1 << 31
}

enum HandOffBit {
  static let firmwareOwns: UInt32 = 1
  static let systemOwns: UInt32 = 2
  static let firmwareIsBusy: UInt32 = 16
}

/// Registers of a port (3.3).
enum PortRegister {
  static let commandList = 0x00
  static let received = 0x08
  static let interrupts = 0x10
  static let interruptEnable = 0x14
  static let command = 0x18
  static let taskFile = 0x20
  static let signature = 0x24
  static let linkStatus = 0x28
  static let linkControl = 0x2C
  static let linkError = 0x30
  static let active = 0x34
  static let issued = 0x38
}

enum PortCommand {
  static let start: UInt32 = 1
  static let spinUp: UInt32 = 1 << 1
  static let powerOn: UInt32 = 1 << 2
  static let receive: UInt32 = 1 << 4
  static let isReceiving: UInt32 = 1 << 14
  static let isRunning: UInt32 = 1 << 15
  static let isPacketDevice: UInt32 = 1 << 24
  static let makeActive: UInt32 = 1 << 28
  static let stateMask: UInt32 = 15 << 28
}

/// Reasons of a port's interrupt (3.3.5).
enum PortInterrupt {
  /// The frame that ends queued commands.
  static let deviceBits: UInt32 = 1 << 3
  static let unknownFrame: UInt32 = 1 << 4
  static let connectChange: UInt32 = 1 << 6
  static let linkChange: UInt32 = 1 << 22
  static let wrongMultiplier: UInt32 = 1 << 23
  static let overflow: UInt32 = 1 << 24
  static let linkFault: UInt32 = 1 << 27
  static let hostDataFault: UInt32 = 1 << 28
  static let hostFault: UInt32 = 1 << 29
  static let taskFile: UInt32 = 1 << 30

  /// Frames that end requests.
  static let ends: UInt32 = 0b1111
  /// What stops the engine, or leaves a request in doubt (6.1).
  static let faults: UInt32 =
    overflow | linkFault | hostDataFault | hostFault | taskFile | unknownFrame | wrongMultiplier
  /// The device went, or another came.
  static let changes: UInt32 = connectChange | linkChange
  static let wanted: UInt32 = ends | faults | changes
}

/// A device's status, the low byte of the task file (ATA/ATAPI Command Set, 6.2).
enum TaskStatus {
  static let error: UInt32 = 1
  static let wantsData: UInt32 = 1 << 3
  static let fault: UInt32 = 1 << 5
  static let busy: UInt32 = 1 << 7
}

/// Its error, the byte above.
enum TaskError {
  static let aborted: UInt32 = 1 << 2
}

/// Why a controller, or what is at one of its ports, cannot be driven.
public enum AHCIError: Error, Equatable {
  /// The controller is not there, has too few registers or does not reset.
  case broken
  /// The port's engines do not stop or start: nobody knows what they still reach.
  case stuck
  /// There is no device, or not the one that was there.
  case gone
  /// The device does not get ready.
  case silent
  case multiplier
  case enclosure
  case unknownKind
  /// The device does not say what it is, or what it says is garbled.
  case nameless
  /// The device cannot do what every driver here needs.
  case unsupported

  public var explanation: StaticString {
    switch self {
    case .broken: "the controller does not start"
    case .stuck: "the port does not stop"
    case .gone: "there is no device"
    case .silent: "the device does not get ready"
    case .multiplier: "a port multiplier, which this driver does not drive"
    case .enclosure: "an enclosure's management bridge, which is no disk"
    case .unknownKind: "a device that is neither a disk nor a drive for discs"
    case .nameless: "the device does not say what it is"
    case .unsupported: "the device cannot do what a driver needs"
    }
  }
}
