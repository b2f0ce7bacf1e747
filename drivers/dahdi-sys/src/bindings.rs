//! Made by `./justw bindings` from `dahdi/user.h`; not edited by hand.

#[repr(C)]
#[derive(Copy, Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct __BindgenBitfieldUnit<Storage> {
    storage: Storage,
}
impl<Storage> __BindgenBitfieldUnit<Storage> {
    #[inline]
    pub const fn new(storage: Storage) -> Self {
        Self { storage }
    }
}
impl<Storage> __BindgenBitfieldUnit<Storage>
where
    Storage: AsRef<[u8]> + AsMut<[u8]>,
{
    #[inline]
    fn extract_bit(byte: u8, index: usize) -> bool {
        let bit_index = if cfg!(target_endian = "big") { 7 - (index % 8) } else { index % 8 };
        let mask = 1 << bit_index;
        byte & mask == mask
    }
    #[inline]
    pub fn get_bit(&self, index: usize) -> bool {
        debug_assert!(index / 8 < self.storage.as_ref().len());
        let byte_index = index / 8;
        let byte = self.storage.as_ref()[byte_index];
        Self::extract_bit(byte, index)
    }
    #[inline]
    pub unsafe fn raw_get_bit(this: *const Self, index: usize) -> bool {
        debug_assert!(index / 8 < core::mem::size_of::<Storage>());
        let byte_index = index / 8;
        let byte = unsafe { *(core::ptr::addr_of!((*this).storage) as *const u8).offset(byte_index as isize) };
        Self::extract_bit(byte, index)
    }
    #[inline]
    fn change_bit(byte: u8, index: usize, val: bool) -> u8 {
        let bit_index = if cfg!(target_endian = "big") { 7 - (index % 8) } else { index % 8 };
        let mask = 1 << bit_index;
        if val {
            byte | mask
        } else {
            byte & !mask
        }
    }
    #[inline]
    pub fn set_bit(&mut self, index: usize, val: bool) {
        debug_assert!(index / 8 < self.storage.as_ref().len());
        let byte_index = index / 8;
        let byte = &mut self.storage.as_mut()[byte_index];
        *byte = Self::change_bit(*byte, index, val);
    }
    #[inline]
    pub unsafe fn raw_set_bit(this: *mut Self, index: usize, val: bool) {
        debug_assert!(index / 8 < core::mem::size_of::<Storage>());
        let byte_index = index / 8;
        let byte = unsafe { (core::ptr::addr_of_mut!((*this).storage) as *mut u8).offset(byte_index as isize) };
        unsafe { *byte = Self::change_bit(*byte, index, val) };
    }
    #[inline]
    pub fn get(&self, bit_offset: usize, bit_width: u8) -> u64 {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < self.storage.as_ref().len());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= self.storage.as_ref().len());
        if bit_width == 0 {
            return 0;
        }
        let mut val = 0u64;
        let storage = self.storage.as_ref();
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        if cfg!(target_endian = "big") {
            for i in 0..bytes_needed {
                val |= (storage[start_byte + i].reverse_bits() as u64) << (i * 8);
            }
        } else {
            for i in 0..bytes_needed {
                val |= (storage[start_byte + i] as u64) << (i * 8);
            }
        }
        val >>= bit_shift;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        val
    }
    #[inline]
    pub unsafe fn raw_get(this: *const Self, bit_offset: usize, bit_width: u8) -> u64 {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < core::mem::size_of::<Storage>());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= core::mem::size_of::<Storage>());
        if bit_width == 0 {
            return 0;
        }
        let mut val = 0u64;
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        let storage_ptr = unsafe { core::ptr::addr_of!((*this).storage) as *const u8 };
        if cfg!(target_endian = "big") {
            for i in 0..bytes_needed {
                let byte = unsafe { *storage_ptr.add(start_byte + i) };
                val |= (byte.reverse_bits() as u64) << (i * 8);
            }
        } else {
            for i in 0..bytes_needed {
                let byte = unsafe { *storage_ptr.add(start_byte + i) };
                val |= (byte as u64) << (i * 8);
            }
        }
        val >>= bit_shift;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        val
    }
    #[inline]
    pub fn set(&mut self, bit_offset: usize, bit_width: u8, val: u64) {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < self.storage.as_ref().len());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= self.storage.as_ref().len());
        if bit_width == 0 {
            return;
        }
        let mut val = val;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        let storage = self.storage.as_mut();
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        val <<= bit_shift;
        let field_mask = if bit_width as usize + bit_shift >= 64 {
            !0u64 << bit_shift
        } else {
            ((1u64 << bit_width) - 1) << bit_shift
        };
        for i in 0..bytes_needed {
            let byte_val = (val >> (i * 8)) as u8;
            let byte_mask = (field_mask >> (i * 8)) as u8;
            if cfg!(target_endian = "big") {
                let byte = storage[start_byte + i].reverse_bits();
                let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                storage[start_byte + i] = new_byte.reverse_bits();
            } else {
                storage[start_byte + i] = (storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
            }
        }
    }
    #[inline]
    pub unsafe fn raw_set(this: *mut Self, bit_offset: usize, bit_width: u8, val: u64) {
        debug_assert!(bit_width <= 64);
        debug_assert!(bit_offset / 8 < core::mem::size_of::<Storage>());
        debug_assert!((bit_offset + (bit_width as usize) + 7) / 8 <= core::mem::size_of::<Storage>());
        if bit_width == 0 {
            return;
        }
        let mut val = val;
        if bit_width < 64 {
            val &= (1u64 << bit_width) - 1;
        }
        if cfg!(target_endian = "big") {
            val = val.reverse_bits() >> (64 - bit_width as usize);
        }
        let start_byte = bit_offset / 8;
        let bit_shift = bit_offset % 8;
        let bytes_needed = (bit_width as usize + bit_shift + 7) / 8;
        val <<= bit_shift;
        let field_mask = if bit_width as usize + bit_shift >= 64 {
            !0u64 << bit_shift
        } else {
            ((1u64 << bit_width) - 1) << bit_shift
        };
        let storage_ptr = unsafe { core::ptr::addr_of_mut!((*this).storage) as *mut u8 };
        for i in 0..bytes_needed {
            let byte_val = (val >> (i * 8)) as u8;
            let byte_mask = (field_mask >> (i * 8)) as u8;
            let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
            if cfg!(target_endian = "big") {
                let byte = unsafe { (*byte_ptr).reverse_bits() };
                let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                unsafe { *byte_ptr = new_byte.reverse_bits() };
            } else {
                unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
            }
        }
    }
}
#[doc = " Const-generic methods for efficient bitfield access when offset and width"]
#[doc = " are known at compile time."]
impl<const N: usize> __BindgenBitfieldUnit<[u8; N]> {
    #[doc = " Get a field using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub const fn get_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&self) -> u64 {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return 0;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = 0usize;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i].reverse_bits() as usize) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as usize) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val as u64
        } else {
            let mut val = 0u64;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i].reverse_bits() as u64) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as u64) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val
        }
    }
    #[doc = " Set a field using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub fn set_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&mut self, val: u64) {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = val as usize;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= usize::BITS as usize {
                !0usize << bit_shift
            } else {
                ((1usize << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        } else {
            let mut val = val;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= 64 {
                !0u64 << bit_shift
            } else {
                ((1u64 << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i] & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        }
    }
    #[doc = " Raw pointer get using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub const unsafe fn raw_get_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(this: *const Self) -> u64 {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return 0;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        let storage_ptr = unsafe { core::ptr::addr_of!((*this).storage) as *const u8 };
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = 0usize;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte.reverse_bits() as usize) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte as usize) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val as u64
        } else {
            let mut val = 0u64;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte.reverse_bits() as u64) << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    let byte = unsafe { *storage_ptr.add(start_byte + i) };
                    val |= (byte as u64) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val
        }
    }
    #[doc = " Raw pointer set using const generics for compile-time optimization."]
    #[doc = " Uses native word size operations when the field fits in usize."]
    #[inline]
    pub unsafe fn raw_set_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(this: *mut Self, val: u64) {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        let storage_ptr = this.cast::<[u8; N]>().cast::<u8>();
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = val as usize;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= usize::BITS as usize {
                !0usize << bit_shift
            } else {
                ((1usize << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
                if cfg!(target_endian = "big") {
                    let byte = unsafe { (*byte_ptr).reverse_bits() };
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    unsafe { *byte_ptr = new_byte.reverse_bits() };
                } else {
                    unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
                }
                i += 1;
            }
        } else {
            let mut val = val;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= 64 {
                !0u64 << bit_shift
            } else {
                ((1u64 << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                let byte_ptr = unsafe { storage_ptr.add(start_byte + i) };
                if cfg!(target_endian = "big") {
                    let byte = unsafe { (*byte_ptr).reverse_bits() };
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    unsafe { *byte_ptr = new_byte.reverse_bits() };
                } else {
                    unsafe { *byte_ptr = (*byte_ptr & !byte_mask) | (byte_val & byte_mask) };
                }
                i += 1;
            }
        }
    }
}
#[repr(C)]
#[derive(Default)]
pub struct __IncompleteArrayField<T>(::std::marker::PhantomData<T>, [T; 0]);
impl<T> __IncompleteArrayField<T> {
    #[inline]
    pub const fn new() -> Self {
        __IncompleteArrayField(::std::marker::PhantomData, [])
    }
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self as *const _ as *const T
    }
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self as *mut _ as *mut T
    }
    #[inline]
    pub unsafe fn as_slice(&self, len: usize) -> &[T] {
        ::std::slice::from_raw_parts(self.as_ptr(), len)
    }
    #[inline]
    pub unsafe fn as_mut_slice(&mut self, len: usize) -> &mut [T] {
        ::std::slice::from_raw_parts_mut(self.as_mut_ptr(), len)
    }
}
impl<T> ::std::fmt::Debug for __IncompleteArrayField<T> {
    fn fmt(&self, fmt: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
        fmt.write_str("__IncompleteArrayField")
    }
}
pub const ELAST: u32 = 500;
pub const DAHDI_CONFIG_TXLEVEL: u32 = 7;
pub const DAHDI_CONFIG_D4: u32 = 16;
pub const DAHDI_CONFIG_ESF: u32 = 32;
pub const DAHDI_CONFIG_AMI: u32 = 64;
pub const DAHDI_CONFIG_B8ZS: u32 = 128;
pub const DAHDI_CONFIG_CCS: u32 = 256;
pub const DAHDI_CONFIG_HDB3: u32 = 512;
pub const DAHDI_CONFIG_CRC4: u32 = 1024;
pub const DAHDI_CONFIG_NOTOPEN: u32 = 65536;
pub const DAHDI_CONFIG_NTTE: u32 = 2048;
pub const DAHDI_CONFIG_TERM: u32 = 4096;
pub const DAHDI_SIG_BROKEN: u32 = 2147483648;
pub const __DAHDI_SIG_FXO: u32 = 4096;
pub const __DAHDI_SIG_FXS: u32 = 8192;
pub const DAHDI_SIG_NONE: u32 = 0;
pub const DAHDI_SIG_FXSLS: u32 = 8193;
pub const DAHDI_SIG_FXSGS: u32 = 8194;
pub const DAHDI_SIG_FXSKS: u32 = 8196;
pub const DAHDI_SIG_FXOLS: u32 = 4104;
pub const DAHDI_SIG_FXOGS: u32 = 4112;
pub const DAHDI_SIG_FXOKS: u32 = 4128;
pub const DAHDI_SIG_EM: u32 = 64;
pub const __DAHDI_SIG_DACS: u32 = 65536;
pub const DAHDI_SIG_CLEAR: u32 = 128;
pub const DAHDI_SIG_HDLCRAW: u32 = 384;
pub const DAHDI_SIG_HDLCFCS: u32 = 896;
pub const DAHDI_SIG_HDLCNET: u32 = 1920;
pub const DAHDI_SIG_SLAVE: u32 = 2048;
pub const DAHDI_SIG_SF: u32 = 16384;
pub const DAHDI_SIG_CAS: u32 = 32768;
pub const DAHDI_SIG_DACS: u32 = 65664;
pub const DAHDI_SIG_EM_E1: u32 = 131072;
pub const DAHDI_SIG_DACS_RBS: u32 = 327680;
pub const DAHDI_SIG_HARDHDLC: u32 = 524416;
pub const DAHDI_SIG_MTP2: u32 = 1049472;
pub const DAHDI_REVERSE_RXTONE: u32 = 1;
pub const DAHDI_REVERSE_TXTONE: u32 = 2;
pub const DAHDI_ABIT: u32 = 8;
pub const DAHDI_BBIT: u32 = 4;
pub const DAHDI_CBIT: u32 = 2;
pub const DAHDI_DBIT: u32 = 1;
pub const DAHDI_BITS_ABCD: u32 = 15;
pub const DAHDI_BITS_ABD: u32 = 13;
pub const DAHDI_BITS_ACD: u32 = 11;
pub const DAHDI_BITS_BCD: u32 = 7;
pub const DAHDI_BITS_AC: u32 = 10;
pub const DAHDI_BITS_BD: u32 = 5;
pub const DAHDI_MAJOR: u32 = 196;
pub const DAHDI_MAX_BLOCKSIZE: u32 = 8192;
pub const DAHDI_DEFAULT_NUM_BUFS: u32 = 2;
pub const DAHDI_MAX_NUM_BUFS: u32 = 32;
pub const DAHDI_MAX_BUF_SPACE: u32 = 32768;
pub const DAHDI_DEFAULT_BLOCKSIZE: u32 = 1024;
pub const DAHDI_DEFAULT_MTR_MRU: u32 = 2048;
pub const DAHDI_DEFAULT_MTU_MRU: u32 = 2048;
pub const DAHDI_POLICY_IMMEDIATE: u32 = 0;
pub const DAHDI_POLICY_WHEN_FULL: u32 = 1;
pub const DAHDI_POLICY_HALF_FULL: u32 = 2;
pub const DAHDI_GET_PARAMS_RETURN_MASTER: u32 = 1073741824;
pub const DAHDI_TONE_ZONE_MAX: u32 = 128;
pub const DAHDI_TONE_ZONE_DEFAULT: i32 = -1;
pub const DAHDI_TONE_STOP: i32 = -1;
pub const DAHDI_TONE_DIALTONE: u32 = 0;
pub const DAHDI_TONE_BUSY: u32 = 1;
pub const DAHDI_TONE_RINGTONE: u32 = 2;
pub const DAHDI_TONE_CONGESTION: u32 = 3;
pub const DAHDI_TONE_CALLWAIT: u32 = 4;
pub const DAHDI_TONE_DIALRECALL: u32 = 5;
pub const DAHDI_TONE_RECORDTONE: u32 = 6;
pub const DAHDI_TONE_INFO: u32 = 7;
pub const DAHDI_TONE_CUST1: u32 = 8;
pub const DAHDI_TONE_CUST2: u32 = 9;
pub const DAHDI_TONE_STUTTER: u32 = 10;
pub const DAHDI_TONE_MAX: u32 = 16;
pub const DAHDI_TONE_DTMF_BASE: u32 = 64;
pub const DAHDI_TONE_MFR1_BASE: u32 = 80;
pub const DAHDI_TONE_MFR2_FWD_BASE: u32 = 96;
pub const DAHDI_TONE_MFR2_REV_BASE: u32 = 112;
pub const DAHDI_TONE_DTMF_MAX: u32 = 79;
pub const DAHDI_TONE_MFR1_MAX: u32 = 94;
pub const DAHDI_TONE_MFR2_FWD_MAX: u32 = 110;
pub const DAHDI_TONE_MFR2_REV_MAX: u32 = 126;
pub const DAHDI_LAW_DEFAULT: u32 = 0;
pub const DAHDI_LAW_MULAW: u32 = 1;
pub const DAHDI_LAW_ALAW: u32 = 2;
pub const DAHDI_DIAL_OP_APPEND: u32 = 1;
pub const DAHDI_DIAL_OP_REPLACE: u32 = 2;
pub const DAHDI_DIAL_OP_CANCEL: u32 = 3;
pub const DAHDI_MAX_CADENCE: u32 = 16;
pub const DAHDI_TONEDETECT_ON: u32 = 1;
pub const DAHDI_TONEDETECT_MUTE: u32 = 2;
pub const DAHDI_MAX_DTMF_BUF: u32 = 256;
pub const DAHDI_MAX_EVENTSIZE: u32 = 64;
pub const DAHDI_ONHOOK: u32 = 0;
pub const DAHDI_OFFHOOK: u32 = 1;
pub const DAHDI_WINK: u32 = 2;
pub const DAHDI_FLASH: u32 = 3;
pub const DAHDI_START: u32 = 4;
pub const DAHDI_RING: u32 = 5;
pub const DAHDI_RINGOFF: u32 = 6;
pub const DAHDI_FLUSH_READ: u32 = 1;
pub const DAHDI_FLUSH_WRITE: u32 = 2;
pub const DAHDI_FLUSH_BOTH: u32 = 3;
pub const DAHDI_FLUSH_EVENT: u32 = 4;
pub const DAHDI_FLUSH_ALL: u32 = 7;
pub const DAHDI_MAX_SPANS: u32 = 128;
pub const DAHDI_MAX_CHANNELS: u32 = 1024;
pub const DAHDI_MAX_CONF: u32 = 1024;
pub const DAHDI_CONF_MODE_MASK: u32 = 255;
pub const DAHDI_CONF_NORMAL: u32 = 0;
pub const DAHDI_CONF_MONITOR: u32 = 1;
pub const DAHDI_CONF_MONITORTX: u32 = 2;
pub const DAHDI_CONF_MONITORBOTH: u32 = 3;
pub const DAHDI_CONF_CONF: u32 = 4;
pub const DAHDI_CONF_CONFANN: u32 = 5;
pub const DAHDI_CONF_CONFMON: u32 = 6;
pub const DAHDI_CONF_CONFANNMON: u32 = 7;
pub const DAHDI_CONF_REALANDPSEUDO: u32 = 8;
pub const DAHDI_CONF_DIGITALMON: u32 = 9;
pub const DAHDI_CONF_MONITOR_RX_PREECHO: u32 = 10;
pub const DAHDI_CONF_MONITOR_TX_PREECHO: u32 = 11;
pub const DAHDI_CONF_MONITORBOTH_PREECHO: u32 = 12;
pub const DAHDI_CONF_FLAG_MASK: u32 = 65280;
pub const DAHDI_CONF_LISTENER: u32 = 256;
pub const DAHDI_CONF_TALKER: u32 = 512;
pub const DAHDI_CONF_PSEUDO_LISTENER: u32 = 1024;
pub const DAHDI_CONF_PSEUDO_TALKER: u32 = 2048;
pub const DAHDI_ALARM_NONE: u32 = 0;
pub const DAHDI_ALARM_RECOVER: u32 = 1;
pub const DAHDI_ALARM_LOOPBACK: u32 = 2;
pub const DAHDI_ALARM_YELLOW: u32 = 4;
pub const DAHDI_ALARM_RED: u32 = 8;
pub const DAHDI_ALARM_BLUE: u32 = 16;
pub const DAHDI_ALARM_NOTOPEN: u32 = 32;
pub const DAHDI_ALARM_LOS: u32 = 256;
pub const DAHDI_ALARM_LFA: u32 = 512;
pub const DAHDI_ALARM_LMFA: u32 = 1024;
pub const DAHDI_MAINT_NONE: u32 = 0;
pub const DAHDI_MAINT_LOCALLOOP: u32 = 1;
pub const DAHDI_MAINT_REMOTELOOP: u32 = 2;
pub const DAHDI_MAINT_NETWORKLINELOOP: u32 = 2;
pub const DAHDI_MAINT_LOOPUP: u32 = 3;
pub const DAHDI_MAINT_LOOPDOWN: u32 = 4;
pub const DAHDI_MAINT_FAS_DEFECT: u32 = 6;
pub const DAHDI_MAINT_MULTI_DEFECT: u32 = 7;
pub const DAHDI_MAINT_CRC_DEFECT: u32 = 8;
pub const DAHDI_MAINT_CAS_DEFECT: u32 = 9;
pub const DAHDI_MAINT_PRBS_DEFECT: u32 = 10;
pub const DAHDI_MAINT_BIPOLAR_DEFECT: u32 = 11;
pub const DAHDI_MAINT_PRBS: u32 = 12;
pub const DAHDI_MAINT_NETWORKPAYLOADLOOP: u32 = 13;
pub const DAHDI_RESET_COUNTERS: u32 = 14;
pub const DAHDI_MAINT_ALARM_SIM: u32 = 15;
pub const DAHDI_IOMUX_READ: u32 = 1;
pub const DAHDI_IOMUX_WRITE: u32 = 2;
pub const DAHDI_IOMUX_WRITEEMPTY: u32 = 4;
pub const DAHDI_IOMUX_SIGEVENT: u32 = 8;
pub const DAHDI_IOMUX_NOWAIT: u32 = 256;
pub const DAHDI_EVENT_NONE: u32 = 0;
pub const DAHDI_EVENT_ONHOOK: u32 = 1;
pub const DAHDI_EVENT_RINGOFFHOOK: u32 = 2;
pub const DAHDI_EVENT_WINKFLASH: u32 = 3;
pub const DAHDI_EVENT_ALARM: u32 = 4;
pub const DAHDI_EVENT_NOALARM: u32 = 5;
pub const DAHDI_EVENT_ABORT: u32 = 6;
pub const DAHDI_EVENT_OVERRUN: u32 = 7;
pub const DAHDI_EVENT_BADFCS: u32 = 8;
pub const DAHDI_EVENT_DIALCOMPLETE: u32 = 9;
pub const DAHDI_EVENT_RINGERON: u32 = 10;
pub const DAHDI_EVENT_RINGEROFF: u32 = 11;
pub const DAHDI_EVENT_HOOKCOMPLETE: u32 = 12;
pub const DAHDI_EVENT_BITSCHANGED: u32 = 13;
pub const DAHDI_EVENT_PULSE_START: u32 = 14;
pub const DAHDI_EVENT_TIMER_EXPIRED: u32 = 15;
pub const DAHDI_EVENT_TIMER_PING: u32 = 16;
pub const DAHDI_EVENT_POLARITY: u32 = 17;
pub const DAHDI_EVENT_RINGBEGIN: u32 = 18;
pub const DAHDI_EVENT_EC_DISABLED: u32 = 19;
pub const DAHDI_EVENT_REMOVED: u32 = 20;
pub const DAHDI_EVENT_NEONMWI_ACTIVE: u32 = 21;
pub const DAHDI_EVENT_NEONMWI_INACTIVE: u32 = 22;
pub const DAHDI_EVENT_TX_CED_DETECTED: u32 = 23;
pub const DAHDI_EVENT_RX_CED_DETECTED: u32 = 24;
pub const DAHDI_EVENT_TX_CNG_DETECTED: u32 = 25;
pub const DAHDI_EVENT_RX_CNG_DETECTED: u32 = 26;
pub const DAHDI_EVENT_EC_NLP_DISABLED: u32 = 27;
pub const DAHDI_EVENT_EC_NLP_ENABLED: u32 = 28;
pub const DAHDI_EVENT_READ_OVERRUN: u32 = 29;
pub const DAHDI_EVENT_WRITE_UNDERRUN: u32 = 30;
pub const DAHDI_EVENT_PULSEDIGIT: u32 = 65536;
pub const DAHDI_EVENT_DTMFDOWN: u32 = 131072;
pub const DAHDI_EVENT_DTMFUP: u32 = 262144;
pub const DAHDI_MAX_ECHOCANPARAMS: u32 = 8;
pub const DAHDI_CODE: u32 = 218;
pub const DAHDI_GET_BLOCKSIZE: u32 = 2147801601;
pub const DAHDI_SET_BLOCKSIZE: u32 = 1074059777;
pub const DAHDI_FLUSH: u32 = 1074059779;
pub const DAHDI_SYNC: u32 = 55812;
pub const DAHDI_GET_PARAMS_V1: u32 = 2156452357;
pub const DAHDI_GET_PARAMS: u32 = 3230194181;
pub const DAHDI_SET_PARAMS: u32 = 1082710533;
pub const DAHDI_HOOK: u32 = 1074059783;
pub const DAHDI_GETEVENT: u32 = 2147801608;
pub const DAHDI_IOMUX: u32 = 3221543433;
pub const DAHDI_SPANSTAT: u32 = 3241859594;
pub const DAHDI_SPANSTAT_V1: u32 = 3240679946;
pub const DAHDI_MAINT: u32 = 1074321931;
pub const DAHDI_GETCONF_V1: u32 = 2148325900;
pub const DAHDI_GETCONF: u32 = 3222067724;
pub const DAHDI_SETCONF_V1: u32 = 1074584076;
pub const DAHDI_SETCONF: u32 = 3222067725;
pub const DAHDI_CONFLINK: u32 = 1074584078;
pub const DAHDI_CONFDIAG_V1: u32 = 2147801615;
pub const DAHDI_CONFDIAG: u32 = 1074059791;
pub const DAHDI_GETGAINS_V1: u32 = 2181356048;
pub const DAHDI_GETGAINS: u32 = 3255097872;
pub const DAHDI_SETGAINS: u32 = 1107614224;
pub const DAHDI_SPANCONFIG: u32 = 1076156946;
pub const DAHDI_CHANCONFIG: u32 = 1078778387;
pub const DAHDI_CONFMUTE: u32 = 1074059796;
pub const DAHDI_SENDTONE: u32 = 1074059797;
pub const DAHDI_GETTONEZONE: u32 = 2147801622;
pub const DAHDI_SETTONEZONE: u32 = 1074059798;
pub const DAHDI_DEFAULTZONE: u32 = 1074059800;
pub const DAHDI_LOADZONE: u32 = 1081137689;
pub const DAHDI_FREEZONE: u32 = 1074059802;
pub const DAHDI_GET_BUFINFO: u32 = 2149112347;
pub const DAHDI_SET_BUFINFO: u32 = 1075370523;
pub const DAHDI_GET_DIALPARAMS: u32 = 2149112349;
pub const DAHDI_SET_DIALPARAMS: u32 = 1075370525;
pub const DAHDI_DIAL: u32 = 1090837023;
pub const DAHDI_AUDIOMODE: u32 = 1074059808;
pub const DAHDI_ECHOCANCEL: u32 = 1074059809;
pub const DAHDI_ECHOCANCEL_PARAMS: u32 = 1074321953;
pub const DAHDI_CHANNO: u32 = 2147801634;
pub const DAHDI_DIALING: u32 = 2147801635;
pub const DAHDI_HDLCRAWMODE: u32 = 1074059812;
pub const DAHDI_HDLCFCSMODE: u32 = 1074059813;
pub const DAHDI_SPECIFY: u32 = 1074059814;
pub const DAHDI_SETLAW: u32 = 1074059815;
pub const DAHDI_SETLINEAR: u32 = 1074059816;
pub const DAHDI_HDLCPPP: u32 = 1074059817;
pub const DAHDI_SETCADENCE: u32 = 1077991978;
pub const DAHDI_GETRXBITS: u32 = 2147801643;
pub const DAHDI_SETTXBITS: u32 = 1074059819;
pub const DAHDI_CHANDIAG_V1: u32 = 2147801644;
pub const DAHDI_CHANDIAG: u32 = 1074059820;
pub const DAHDI_SFCONFIG: u32 = 1079564846;
pub const DAHDI_TIMERCONFIG: u32 = 1074059823;
pub const DAHDI_TIMERACK: u32 = 1074059824;
pub const DAHDI_GETCONFMUTE: u32 = 2147801649;
pub const DAHDI_ECHOTRAIN: u32 = 1074059826;
pub const DAHDI_ONHOOKTRANSFER: u32 = 1074059827;
pub const DAHDI_TIMERPING: u32 = 55860;
pub const DAHDI_TIMERPONG: u32 = 55861;
pub const DAHDI_GETSIGFREEZE: u32 = 2147801654;
pub const DAHDI_SETSIGFREEZE: u32 = 1074059830;
pub const DAHDI_INDIRECT: u32 = 3222329912;
pub const DAHDI_GETVERSION: u32 = 2158025273;
pub const DAHDI_LOOPBACK: u32 = 1074059834;
pub const DAHDI_ATTACH_ECHOCAN: u32 = 1075108411;
pub const DAHDI_DYNAMIC_CREATE: u32 = 3225999952;
pub const DAHDI_DYNAMIC_DESTROY: u32 = 1078516305;
pub const DAHDI_SET_HWGAIN: u32 = 1074322006;
pub const DAHDI_TONEDETECT: u32 = 1074059867;
pub const DAHDI_SETPOLARITY: u32 = 1074059868;
pub const DAHDI_TRANSCODE_OP: u32 = 3221543517;
pub const DAHDI_TC_CODE: u8 = 84u8;
pub const DAHDI_TC_ALLOCATE: u32 = 1074287617;
pub const DAHDI_TC_GETINFO: u32 = 3227538434;
pub const DAHDI_VMWI_LREV: u32 = 1;
pub const DAHDI_VMWI_HVDC: u32 = 2;
pub const DAHDI_VMWI_HVAC: u32 = 4;
pub const DAHDI_VMWI: u32 = 3221543518;
pub const DAHDI_VMWI_CONFIG: u32 = 1074059871;
pub const DAHDI_STARTUP: u32 = 1074059875;
pub const DAHDI_SHUTDOWN: u32 = 1074059876;
pub const DAHDI_HDLC_RATE: u32 = 1074059877;
pub const DAHDI_ECHOCANCEL_FAX_MODE: u32 = 1074059878;
pub const DAHDI_BUFFER_EVENTS: u32 = 1074059881;
pub const DAHDI_RADSTAT_RX: u32 = 1;
pub const DAHDI_RADSTAT_TX: u32 = 2;
pub const DAHDI_RADSTAT_RXCT: u32 = 4;
pub const DAHDI_RADSTAT_RXCOR: u32 = 8;
pub const DAHDI_RADSTAT_IGNCOR: u32 = 16;
pub const DAHDI_RADSTAT_IGNCT: u32 = 32;
pub const DAHDI_RADSTAT_NOENCODE: u32 = 64;
pub const DAHDI_RADIO_GETSTAT: u32 = 2148063801;
pub const DAHDI_RADPAR_INVERTCOR: u32 = 1;
pub const DAHDI_RADPAR_IGNORECOR: u32 = 2;
pub const DAHDI_RADPAR_IGNORECT: u32 = 3;
pub const DAHDI_RADPAR_NOENCODE: u32 = 4;
pub const DAHDI_RADPAR_CORTHRESH: u32 = 5;
pub const DAHDI_RADPAR_EXTRXTONE: u32 = 6;
pub const DAHDI_RADPAR_NUMTONES: u32 = 7;
pub const DAHDI_RADPAR_INITTONE: u32 = 8;
pub const DAHDI_RADPAR_RXTONE: u32 = 9;
pub const DAHDI_RADPAR_RXTONECLASS: u32 = 10;
pub const DAHDI_RADPAR_TXTONE: u32 = 11;
pub const DAHDI_RADPAR_DEBOUNCETIME: u32 = 12;
pub const DAHDI_RADPAR_BURSTTIME: u32 = 13;
pub const DAHDI_RADPAR_UIODATA: u32 = 14;
pub const DAHDI_RADPAR_UIOMODE: u32 = 15;
pub const DAHDI_RADPAR_REMMODE: u32 = 16;
pub const DAHDI_RADPAR_REM_NONE: u32 = 0;
pub const DAHDI_RADPAR_REM_RBI1: u32 = 1;
pub const DAHDI_RADPAR_REM_SERIAL: u32 = 2;
pub const DAHDI_RADPAR_REM_SERIAL_ASCII: u32 = 3;
pub const DAHDI_RADPAR_REMCOMMAND: u32 = 17;
pub const DAHDI_RADPAR_DEEMP: u32 = 18;
pub const DAHDI_RADPAR_PREEMP: u32 = 19;
pub const DAHDI_RADPAR_RXGAIN: u32 = 20;
pub const DAHDI_RADPAR_TXGAIN: u32 = 21;
pub const RAD_SERIAL_BUFLEN: u32 = 128;
pub const DAHDI_RADIO_GETPARAM: u32 = 2156714554;
pub const DAHDI_RADIO_SETPARAM: u32 = 1082972730;
pub type __s32 = ::std::os::raw::c_int;
pub type __u32 = ::std::os::raw::c_uint;
pub const DAHDI_TONE_DTMF_0: _bindgen_ty_1 = 64;
pub const DAHDI_TONE_DTMF_1: _bindgen_ty_1 = 65;
pub const DAHDI_TONE_DTMF_2: _bindgen_ty_1 = 66;
pub const DAHDI_TONE_DTMF_3: _bindgen_ty_1 = 67;
pub const DAHDI_TONE_DTMF_4: _bindgen_ty_1 = 68;
pub const DAHDI_TONE_DTMF_5: _bindgen_ty_1 = 69;
pub const DAHDI_TONE_DTMF_6: _bindgen_ty_1 = 70;
pub const DAHDI_TONE_DTMF_7: _bindgen_ty_1 = 71;
pub const DAHDI_TONE_DTMF_8: _bindgen_ty_1 = 72;
pub const DAHDI_TONE_DTMF_9: _bindgen_ty_1 = 73;
pub const DAHDI_TONE_DTMF_s: _bindgen_ty_1 = 74;
pub const DAHDI_TONE_DTMF_p: _bindgen_ty_1 = 75;
pub const DAHDI_TONE_DTMF_A: _bindgen_ty_1 = 76;
pub const DAHDI_TONE_DTMF_B: _bindgen_ty_1 = 77;
pub const DAHDI_TONE_DTMF_C: _bindgen_ty_1 = 78;
pub const DAHDI_TONE_DTMF_D: _bindgen_ty_1 = 79;
pub type _bindgen_ty_1 = ::std::os::raw::c_uint;
pub const DAHDI_TONE_MFR1_0: _bindgen_ty_2 = 80;
pub const DAHDI_TONE_MFR1_1: _bindgen_ty_2 = 81;
pub const DAHDI_TONE_MFR1_2: _bindgen_ty_2 = 82;
pub const DAHDI_TONE_MFR1_3: _bindgen_ty_2 = 83;
pub const DAHDI_TONE_MFR1_4: _bindgen_ty_2 = 84;
pub const DAHDI_TONE_MFR1_5: _bindgen_ty_2 = 85;
pub const DAHDI_TONE_MFR1_6: _bindgen_ty_2 = 86;
pub const DAHDI_TONE_MFR1_7: _bindgen_ty_2 = 87;
pub const DAHDI_TONE_MFR1_8: _bindgen_ty_2 = 88;
pub const DAHDI_TONE_MFR1_9: _bindgen_ty_2 = 89;
pub const DAHDI_TONE_MFR1_KP: _bindgen_ty_2 = 90;
pub const DAHDI_TONE_MFR1_ST: _bindgen_ty_2 = 91;
pub const DAHDI_TONE_MFR1_STP: _bindgen_ty_2 = 92;
pub const DAHDI_TONE_MFR1_ST2P: _bindgen_ty_2 = 93;
pub const DAHDI_TONE_MFR1_ST3P: _bindgen_ty_2 = 94;
pub type _bindgen_ty_2 = ::std::os::raw::c_uint;
pub const DAHDI_TONE_MFR2_FWD_1: _bindgen_ty_3 = 96;
pub const DAHDI_TONE_MFR2_FWD_2: _bindgen_ty_3 = 97;
pub const DAHDI_TONE_MFR2_FWD_3: _bindgen_ty_3 = 98;
pub const DAHDI_TONE_MFR2_FWD_4: _bindgen_ty_3 = 99;
pub const DAHDI_TONE_MFR2_FWD_5: _bindgen_ty_3 = 100;
pub const DAHDI_TONE_MFR2_FWD_6: _bindgen_ty_3 = 101;
pub const DAHDI_TONE_MFR2_FWD_7: _bindgen_ty_3 = 102;
pub const DAHDI_TONE_MFR2_FWD_8: _bindgen_ty_3 = 103;
pub const DAHDI_TONE_MFR2_FWD_9: _bindgen_ty_3 = 104;
pub const DAHDI_TONE_MFR2_FWD_10: _bindgen_ty_3 = 105;
pub const DAHDI_TONE_MFR2_FWD_11: _bindgen_ty_3 = 106;
pub const DAHDI_TONE_MFR2_FWD_12: _bindgen_ty_3 = 107;
pub const DAHDI_TONE_MFR2_FWD_13: _bindgen_ty_3 = 108;
pub const DAHDI_TONE_MFR2_FWD_14: _bindgen_ty_3 = 109;
pub const DAHDI_TONE_MFR2_FWD_15: _bindgen_ty_3 = 110;
pub type _bindgen_ty_3 = ::std::os::raw::c_uint;
pub const DAHDI_TONE_MFR2_REV_1: _bindgen_ty_4 = 112;
pub const DAHDI_TONE_MFR2_REV_2: _bindgen_ty_4 = 113;
pub const DAHDI_TONE_MFR2_REV_3: _bindgen_ty_4 = 114;
pub const DAHDI_TONE_MFR2_REV_4: _bindgen_ty_4 = 115;
pub const DAHDI_TONE_MFR2_REV_5: _bindgen_ty_4 = 116;
pub const DAHDI_TONE_MFR2_REV_6: _bindgen_ty_4 = 117;
pub const DAHDI_TONE_MFR2_REV_7: _bindgen_ty_4 = 118;
pub const DAHDI_TONE_MFR2_REV_8: _bindgen_ty_4 = 119;
pub const DAHDI_TONE_MFR2_REV_9: _bindgen_ty_4 = 120;
pub const DAHDI_TONE_MFR2_REV_10: _bindgen_ty_4 = 121;
pub const DAHDI_TONE_MFR2_REV_11: _bindgen_ty_4 = 122;
pub const DAHDI_TONE_MFR2_REV_12: _bindgen_ty_4 = 123;
pub const DAHDI_TONE_MFR2_REV_13: _bindgen_ty_4 = 124;
pub const DAHDI_TONE_MFR2_REV_14: _bindgen_ty_4 = 125;
pub const DAHDI_TONE_MFR2_REV_15: _bindgen_ty_4 = 126;
pub type _bindgen_ty_4 = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_transcoder_formats {
    pub srcfmt: __u32,
    pub dstfmt: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_transcoder_formats"][::std::mem::size_of::<dahdi_transcoder_formats>() - 8usize];
    ["Alignment of dahdi_transcoder_formats"][::std::mem::align_of::<dahdi_transcoder_formats>() - 4usize];
    ["Offset of field: dahdi_transcoder_formats::srcfmt"]
        [::std::mem::offset_of!(dahdi_transcoder_formats, srcfmt) - 0usize];
    ["Offset of field: dahdi_transcoder_formats::dstfmt"]
        [::std::mem::offset_of!(dahdi_transcoder_formats, dstfmt) - 4usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_transcoder_info {
    pub tcnum: __u32,
    pub name: [::std::os::raw::c_char; 80usize],
    pub numchannels: __u32,
    pub dstfmts: __u32,
    pub srcfmts: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_transcoder_info"][::std::mem::size_of::<dahdi_transcoder_info>() - 96usize];
    ["Alignment of dahdi_transcoder_info"][::std::mem::align_of::<dahdi_transcoder_info>() - 4usize];
    ["Offset of field: dahdi_transcoder_info::tcnum"][::std::mem::offset_of!(dahdi_transcoder_info, tcnum) - 0usize];
    ["Offset of field: dahdi_transcoder_info::name"][::std::mem::offset_of!(dahdi_transcoder_info, name) - 4usize];
    ["Offset of field: dahdi_transcoder_info::numchannels"]
        [::std::mem::offset_of!(dahdi_transcoder_info, numchannels) - 84usize];
    ["Offset of field: dahdi_transcoder_info::dstfmts"]
        [::std::mem::offset_of!(dahdi_transcoder_info, dstfmts) - 88usize];
    ["Offset of field: dahdi_transcoder_info::srcfmts"]
        [::std::mem::offset_of!(dahdi_transcoder_info, srcfmts) - 92usize];
};
impl Default for dahdi_transcoder_info {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_params {
    pub channo: ::std::os::raw::c_int,
    pub spanno: ::std::os::raw::c_int,
    pub chanpos: ::std::os::raw::c_int,
    pub sigtype: ::std::os::raw::c_int,
    pub sigcap: ::std::os::raw::c_int,
    pub rxisoffhook: ::std::os::raw::c_int,
    pub rxbits: ::std::os::raw::c_int,
    pub txbits: ::std::os::raw::c_int,
    pub txhooksig: ::std::os::raw::c_int,
    pub rxhooksig: ::std::os::raw::c_int,
    pub curlaw: ::std::os::raw::c_int,
    pub idlebits: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 40usize],
    pub prewinktime: ::std::os::raw::c_int,
    pub preflashtime: ::std::os::raw::c_int,
    pub winktime: ::std::os::raw::c_int,
    pub flashtime: ::std::os::raw::c_int,
    pub starttime: ::std::os::raw::c_int,
    pub rxwinktime: ::std::os::raw::c_int,
    pub rxflashtime: ::std::os::raw::c_int,
    pub debouncetime: ::std::os::raw::c_int,
    pub pulsebreaktime: ::std::os::raw::c_int,
    pub pulsemaketime: ::std::os::raw::c_int,
    pub pulseaftertime: ::std::os::raw::c_int,
    pub chan_alarms: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_params"][::std::mem::size_of::<dahdi_params>() - 136usize];
    ["Alignment of dahdi_params"][::std::mem::align_of::<dahdi_params>() - 4usize];
    ["Offset of field: dahdi_params::channo"][::std::mem::offset_of!(dahdi_params, channo) - 0usize];
    ["Offset of field: dahdi_params::spanno"][::std::mem::offset_of!(dahdi_params, spanno) - 4usize];
    ["Offset of field: dahdi_params::chanpos"][::std::mem::offset_of!(dahdi_params, chanpos) - 8usize];
    ["Offset of field: dahdi_params::sigtype"][::std::mem::offset_of!(dahdi_params, sigtype) - 12usize];
    ["Offset of field: dahdi_params::sigcap"][::std::mem::offset_of!(dahdi_params, sigcap) - 16usize];
    ["Offset of field: dahdi_params::rxisoffhook"][::std::mem::offset_of!(dahdi_params, rxisoffhook) - 20usize];
    ["Offset of field: dahdi_params::rxbits"][::std::mem::offset_of!(dahdi_params, rxbits) - 24usize];
    ["Offset of field: dahdi_params::txbits"][::std::mem::offset_of!(dahdi_params, txbits) - 28usize];
    ["Offset of field: dahdi_params::txhooksig"][::std::mem::offset_of!(dahdi_params, txhooksig) - 32usize];
    ["Offset of field: dahdi_params::rxhooksig"][::std::mem::offset_of!(dahdi_params, rxhooksig) - 36usize];
    ["Offset of field: dahdi_params::curlaw"][::std::mem::offset_of!(dahdi_params, curlaw) - 40usize];
    ["Offset of field: dahdi_params::idlebits"][::std::mem::offset_of!(dahdi_params, idlebits) - 44usize];
    ["Offset of field: dahdi_params::name"][::std::mem::offset_of!(dahdi_params, name) - 48usize];
    ["Offset of field: dahdi_params::prewinktime"][::std::mem::offset_of!(dahdi_params, prewinktime) - 88usize];
    ["Offset of field: dahdi_params::preflashtime"][::std::mem::offset_of!(dahdi_params, preflashtime) - 92usize];
    ["Offset of field: dahdi_params::winktime"][::std::mem::offset_of!(dahdi_params, winktime) - 96usize];
    ["Offset of field: dahdi_params::flashtime"][::std::mem::offset_of!(dahdi_params, flashtime) - 100usize];
    ["Offset of field: dahdi_params::starttime"][::std::mem::offset_of!(dahdi_params, starttime) - 104usize];
    ["Offset of field: dahdi_params::rxwinktime"][::std::mem::offset_of!(dahdi_params, rxwinktime) - 108usize];
    ["Offset of field: dahdi_params::rxflashtime"][::std::mem::offset_of!(dahdi_params, rxflashtime) - 112usize];
    ["Offset of field: dahdi_params::debouncetime"][::std::mem::offset_of!(dahdi_params, debouncetime) - 116usize];
    ["Offset of field: dahdi_params::pulsebreaktime"][::std::mem::offset_of!(dahdi_params, pulsebreaktime) - 120usize];
    ["Offset of field: dahdi_params::pulsemaketime"][::std::mem::offset_of!(dahdi_params, pulsemaketime) - 124usize];
    ["Offset of field: dahdi_params::pulseaftertime"][::std::mem::offset_of!(dahdi_params, pulseaftertime) - 128usize];
    ["Offset of field: dahdi_params::chan_alarms"][::std::mem::offset_of!(dahdi_params, chan_alarms) - 132usize];
};
impl Default for dahdi_params {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C, packed)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_spaninfo {
    pub spanno: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 20usize],
    pub desc: [::std::os::raw::c_char; 40usize],
    pub alarms: ::std::os::raw::c_int,
    pub txlevel: ::std::os::raw::c_int,
    pub rxlevel: ::std::os::raw::c_int,
    pub bpvcount: ::std::os::raw::c_int,
    pub crc4count: ::std::os::raw::c_int,
    pub ebitcount: ::std::os::raw::c_int,
    pub fascount: ::std::os::raw::c_int,
    pub fecount: __u32,
    pub cvcount: __u32,
    pub becount: __u32,
    pub prbs: __u32,
    pub errsec: __u32,
    pub irqmisses: ::std::os::raw::c_int,
    pub syncsrc: ::std::os::raw::c_int,
    pub numchans: ::std::os::raw::c_int,
    pub totalchans: ::std::os::raw::c_int,
    pub totalspans: ::std::os::raw::c_int,
    pub lbo: ::std::os::raw::c_int,
    pub lineconfig: ::std::os::raw::c_int,
    pub lboname: [::std::os::raw::c_char; 40usize],
    pub location: [::std::os::raw::c_char; 40usize],
    pub manufacturer: [::std::os::raw::c_char; 40usize],
    pub devicetype: [::std::os::raw::c_char; 40usize],
    pub irq: ::std::os::raw::c_int,
    pub linecompat: ::std::os::raw::c_int,
    pub spantype: [::std::os::raw::c_char; 6usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_spaninfo"][::std::mem::size_of::<dahdi_spaninfo>() - 314usize];
    ["Alignment of dahdi_spaninfo"][::std::mem::align_of::<dahdi_spaninfo>() - 1usize];
    ["Offset of field: dahdi_spaninfo::spanno"][::std::mem::offset_of!(dahdi_spaninfo, spanno) - 0usize];
    ["Offset of field: dahdi_spaninfo::name"][::std::mem::offset_of!(dahdi_spaninfo, name) - 4usize];
    ["Offset of field: dahdi_spaninfo::desc"][::std::mem::offset_of!(dahdi_spaninfo, desc) - 24usize];
    ["Offset of field: dahdi_spaninfo::alarms"][::std::mem::offset_of!(dahdi_spaninfo, alarms) - 64usize];
    ["Offset of field: dahdi_spaninfo::txlevel"][::std::mem::offset_of!(dahdi_spaninfo, txlevel) - 68usize];
    ["Offset of field: dahdi_spaninfo::rxlevel"][::std::mem::offset_of!(dahdi_spaninfo, rxlevel) - 72usize];
    ["Offset of field: dahdi_spaninfo::bpvcount"][::std::mem::offset_of!(dahdi_spaninfo, bpvcount) - 76usize];
    ["Offset of field: dahdi_spaninfo::crc4count"][::std::mem::offset_of!(dahdi_spaninfo, crc4count) - 80usize];
    ["Offset of field: dahdi_spaninfo::ebitcount"][::std::mem::offset_of!(dahdi_spaninfo, ebitcount) - 84usize];
    ["Offset of field: dahdi_spaninfo::fascount"][::std::mem::offset_of!(dahdi_spaninfo, fascount) - 88usize];
    ["Offset of field: dahdi_spaninfo::fecount"][::std::mem::offset_of!(dahdi_spaninfo, fecount) - 92usize];
    ["Offset of field: dahdi_spaninfo::cvcount"][::std::mem::offset_of!(dahdi_spaninfo, cvcount) - 96usize];
    ["Offset of field: dahdi_spaninfo::becount"][::std::mem::offset_of!(dahdi_spaninfo, becount) - 100usize];
    ["Offset of field: dahdi_spaninfo::prbs"][::std::mem::offset_of!(dahdi_spaninfo, prbs) - 104usize];
    ["Offset of field: dahdi_spaninfo::errsec"][::std::mem::offset_of!(dahdi_spaninfo, errsec) - 108usize];
    ["Offset of field: dahdi_spaninfo::irqmisses"][::std::mem::offset_of!(dahdi_spaninfo, irqmisses) - 112usize];
    ["Offset of field: dahdi_spaninfo::syncsrc"][::std::mem::offset_of!(dahdi_spaninfo, syncsrc) - 116usize];
    ["Offset of field: dahdi_spaninfo::numchans"][::std::mem::offset_of!(dahdi_spaninfo, numchans) - 120usize];
    ["Offset of field: dahdi_spaninfo::totalchans"][::std::mem::offset_of!(dahdi_spaninfo, totalchans) - 124usize];
    ["Offset of field: dahdi_spaninfo::totalspans"][::std::mem::offset_of!(dahdi_spaninfo, totalspans) - 128usize];
    ["Offset of field: dahdi_spaninfo::lbo"][::std::mem::offset_of!(dahdi_spaninfo, lbo) - 132usize];
    ["Offset of field: dahdi_spaninfo::lineconfig"][::std::mem::offset_of!(dahdi_spaninfo, lineconfig) - 136usize];
    ["Offset of field: dahdi_spaninfo::lboname"][::std::mem::offset_of!(dahdi_spaninfo, lboname) - 140usize];
    ["Offset of field: dahdi_spaninfo::location"][::std::mem::offset_of!(dahdi_spaninfo, location) - 180usize];
    ["Offset of field: dahdi_spaninfo::manufacturer"][::std::mem::offset_of!(dahdi_spaninfo, manufacturer) - 220usize];
    ["Offset of field: dahdi_spaninfo::devicetype"][::std::mem::offset_of!(dahdi_spaninfo, devicetype) - 260usize];
    ["Offset of field: dahdi_spaninfo::irq"][::std::mem::offset_of!(dahdi_spaninfo, irq) - 300usize];
    ["Offset of field: dahdi_spaninfo::linecompat"][::std::mem::offset_of!(dahdi_spaninfo, linecompat) - 304usize];
    ["Offset of field: dahdi_spaninfo::spantype"][::std::mem::offset_of!(dahdi_spaninfo, spantype) - 308usize];
};
impl Default for dahdi_spaninfo {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_spaninfo_v1 {
    pub spanno: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 20usize],
    pub desc: [::std::os::raw::c_char; 40usize],
    pub alarms: ::std::os::raw::c_int,
    pub txlevel: ::std::os::raw::c_int,
    pub rxlevel: ::std::os::raw::c_int,
    pub bpvcount: ::std::os::raw::c_int,
    pub crc4count: ::std::os::raw::c_int,
    pub ebitcount: ::std::os::raw::c_int,
    pub fascount: ::std::os::raw::c_int,
    pub irqmisses: ::std::os::raw::c_int,
    pub syncsrc: ::std::os::raw::c_int,
    pub numchans: ::std::os::raw::c_int,
    pub totalchans: ::std::os::raw::c_int,
    pub totalspans: ::std::os::raw::c_int,
    pub lbo: ::std::os::raw::c_int,
    pub lineconfig: ::std::os::raw::c_int,
    pub lboname: [::std::os::raw::c_char; 40usize],
    pub location: [::std::os::raw::c_char; 40usize],
    pub manufacturer: [::std::os::raw::c_char; 40usize],
    pub devicetype: [::std::os::raw::c_char; 40usize],
    pub irq: ::std::os::raw::c_int,
    pub linecompat: ::std::os::raw::c_int,
    pub spantype: [::std::os::raw::c_char; 6usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_spaninfo_v1"][::std::mem::size_of::<dahdi_spaninfo_v1>() - 296usize];
    ["Alignment of dahdi_spaninfo_v1"][::std::mem::align_of::<dahdi_spaninfo_v1>() - 4usize];
    ["Offset of field: dahdi_spaninfo_v1::spanno"][::std::mem::offset_of!(dahdi_spaninfo_v1, spanno) - 0usize];
    ["Offset of field: dahdi_spaninfo_v1::name"][::std::mem::offset_of!(dahdi_spaninfo_v1, name) - 4usize];
    ["Offset of field: dahdi_spaninfo_v1::desc"][::std::mem::offset_of!(dahdi_spaninfo_v1, desc) - 24usize];
    ["Offset of field: dahdi_spaninfo_v1::alarms"][::std::mem::offset_of!(dahdi_spaninfo_v1, alarms) - 64usize];
    ["Offset of field: dahdi_spaninfo_v1::txlevel"][::std::mem::offset_of!(dahdi_spaninfo_v1, txlevel) - 68usize];
    ["Offset of field: dahdi_spaninfo_v1::rxlevel"][::std::mem::offset_of!(dahdi_spaninfo_v1, rxlevel) - 72usize];
    ["Offset of field: dahdi_spaninfo_v1::bpvcount"][::std::mem::offset_of!(dahdi_spaninfo_v1, bpvcount) - 76usize];
    ["Offset of field: dahdi_spaninfo_v1::crc4count"][::std::mem::offset_of!(dahdi_spaninfo_v1, crc4count) - 80usize];
    ["Offset of field: dahdi_spaninfo_v1::ebitcount"][::std::mem::offset_of!(dahdi_spaninfo_v1, ebitcount) - 84usize];
    ["Offset of field: dahdi_spaninfo_v1::fascount"][::std::mem::offset_of!(dahdi_spaninfo_v1, fascount) - 88usize];
    ["Offset of field: dahdi_spaninfo_v1::irqmisses"][::std::mem::offset_of!(dahdi_spaninfo_v1, irqmisses) - 92usize];
    ["Offset of field: dahdi_spaninfo_v1::syncsrc"][::std::mem::offset_of!(dahdi_spaninfo_v1, syncsrc) - 96usize];
    ["Offset of field: dahdi_spaninfo_v1::numchans"][::std::mem::offset_of!(dahdi_spaninfo_v1, numchans) - 100usize];
    ["Offset of field: dahdi_spaninfo_v1::totalchans"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, totalchans) - 104usize];
    ["Offset of field: dahdi_spaninfo_v1::totalspans"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, totalspans) - 108usize];
    ["Offset of field: dahdi_spaninfo_v1::lbo"][::std::mem::offset_of!(dahdi_spaninfo_v1, lbo) - 112usize];
    ["Offset of field: dahdi_spaninfo_v1::lineconfig"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, lineconfig) - 116usize];
    ["Offset of field: dahdi_spaninfo_v1::lboname"][::std::mem::offset_of!(dahdi_spaninfo_v1, lboname) - 120usize];
    ["Offset of field: dahdi_spaninfo_v1::location"][::std::mem::offset_of!(dahdi_spaninfo_v1, location) - 160usize];
    ["Offset of field: dahdi_spaninfo_v1::manufacturer"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, manufacturer) - 200usize];
    ["Offset of field: dahdi_spaninfo_v1::devicetype"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, devicetype) - 240usize];
    ["Offset of field: dahdi_spaninfo_v1::irq"][::std::mem::offset_of!(dahdi_spaninfo_v1, irq) - 280usize];
    ["Offset of field: dahdi_spaninfo_v1::linecompat"]
        [::std::mem::offset_of!(dahdi_spaninfo_v1, linecompat) - 284usize];
    ["Offset of field: dahdi_spaninfo_v1::spantype"][::std::mem::offset_of!(dahdi_spaninfo_v1, spantype) - 288usize];
};
impl Default for dahdi_spaninfo_v1 {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_maintinfo {
    pub spanno: ::std::os::raw::c_int,
    pub command: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_maintinfo"][::std::mem::size_of::<dahdi_maintinfo>() - 8usize];
    ["Alignment of dahdi_maintinfo"][::std::mem::align_of::<dahdi_maintinfo>() - 4usize];
    ["Offset of field: dahdi_maintinfo::spanno"][::std::mem::offset_of!(dahdi_maintinfo, spanno) - 0usize];
    ["Offset of field: dahdi_maintinfo::command"][::std::mem::offset_of!(dahdi_maintinfo, command) - 4usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_confinfo {
    pub chan: ::std::os::raw::c_int,
    pub confno: ::std::os::raw::c_int,
    pub confmode: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_confinfo"][::std::mem::size_of::<dahdi_confinfo>() - 12usize];
    ["Alignment of dahdi_confinfo"][::std::mem::align_of::<dahdi_confinfo>() - 4usize];
    ["Offset of field: dahdi_confinfo::chan"][::std::mem::offset_of!(dahdi_confinfo, chan) - 0usize];
    ["Offset of field: dahdi_confinfo::confno"][::std::mem::offset_of!(dahdi_confinfo, confno) - 4usize];
    ["Offset of field: dahdi_confinfo::confmode"][::std::mem::offset_of!(dahdi_confinfo, confmode) - 8usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_gains {
    pub chan: ::std::os::raw::c_int,
    pub rxgain: [::std::os::raw::c_uchar; 256usize],
    pub txgain: [::std::os::raw::c_uchar; 256usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_gains"][::std::mem::size_of::<dahdi_gains>() - 516usize];
    ["Alignment of dahdi_gains"][::std::mem::align_of::<dahdi_gains>() - 4usize];
    ["Offset of field: dahdi_gains::chan"][::std::mem::offset_of!(dahdi_gains, chan) - 0usize];
    ["Offset of field: dahdi_gains::rxgain"][::std::mem::offset_of!(dahdi_gains, rxgain) - 4usize];
    ["Offset of field: dahdi_gains::txgain"][::std::mem::offset_of!(dahdi_gains, txgain) - 260usize];
};
impl Default for dahdi_gains {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_lineconfig {
    pub span: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 20usize],
    pub lbo: ::std::os::raw::c_int,
    pub lineconfig: ::std::os::raw::c_int,
    pub sync: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_lineconfig"][::std::mem::size_of::<dahdi_lineconfig>() - 36usize];
    ["Alignment of dahdi_lineconfig"][::std::mem::align_of::<dahdi_lineconfig>() - 4usize];
    ["Offset of field: dahdi_lineconfig::span"][::std::mem::offset_of!(dahdi_lineconfig, span) - 0usize];
    ["Offset of field: dahdi_lineconfig::name"][::std::mem::offset_of!(dahdi_lineconfig, name) - 4usize];
    ["Offset of field: dahdi_lineconfig::lbo"][::std::mem::offset_of!(dahdi_lineconfig, lbo) - 24usize];
    ["Offset of field: dahdi_lineconfig::lineconfig"][::std::mem::offset_of!(dahdi_lineconfig, lineconfig) - 28usize];
    ["Offset of field: dahdi_lineconfig::sync"][::std::mem::offset_of!(dahdi_lineconfig, sync) - 32usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_chanconfig {
    pub chan: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 40usize],
    pub sigtype: ::std::os::raw::c_int,
    pub deflaw: ::std::os::raw::c_int,
    pub master: ::std::os::raw::c_int,
    pub idlebits: ::std::os::raw::c_int,
    pub netdev_name: [::std::os::raw::c_char; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_chanconfig"][::std::mem::size_of::<dahdi_chanconfig>() - 76usize];
    ["Alignment of dahdi_chanconfig"][::std::mem::align_of::<dahdi_chanconfig>() - 4usize];
    ["Offset of field: dahdi_chanconfig::chan"][::std::mem::offset_of!(dahdi_chanconfig, chan) - 0usize];
    ["Offset of field: dahdi_chanconfig::name"][::std::mem::offset_of!(dahdi_chanconfig, name) - 4usize];
    ["Offset of field: dahdi_chanconfig::sigtype"][::std::mem::offset_of!(dahdi_chanconfig, sigtype) - 44usize];
    ["Offset of field: dahdi_chanconfig::deflaw"][::std::mem::offset_of!(dahdi_chanconfig, deflaw) - 48usize];
    ["Offset of field: dahdi_chanconfig::master"][::std::mem::offset_of!(dahdi_chanconfig, master) - 52usize];
    ["Offset of field: dahdi_chanconfig::idlebits"][::std::mem::offset_of!(dahdi_chanconfig, idlebits) - 56usize];
    ["Offset of field: dahdi_chanconfig::netdev_name"][::std::mem::offset_of!(dahdi_chanconfig, netdev_name) - 60usize];
};
impl Default for dahdi_chanconfig {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_tone_def {
    pub tone: ::std::os::raw::c_int,
    pub next: ::std::os::raw::c_int,
    pub samples: ::std::os::raw::c_int,
    pub shift: ::std::os::raw::c_int,
    pub fac1: ::std::os::raw::c_int,
    pub init_v2_1: ::std::os::raw::c_int,
    pub init_v3_1: ::std::os::raw::c_int,
    pub fac2: ::std::os::raw::c_int,
    pub init_v2_2: ::std::os::raw::c_int,
    pub init_v3_2: ::std::os::raw::c_int,
    pub modulate: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_tone_def"][::std::mem::size_of::<dahdi_tone_def>() - 44usize];
    ["Alignment of dahdi_tone_def"][::std::mem::align_of::<dahdi_tone_def>() - 4usize];
    ["Offset of field: dahdi_tone_def::tone"][::std::mem::offset_of!(dahdi_tone_def, tone) - 0usize];
    ["Offset of field: dahdi_tone_def::next"][::std::mem::offset_of!(dahdi_tone_def, next) - 4usize];
    ["Offset of field: dahdi_tone_def::samples"][::std::mem::offset_of!(dahdi_tone_def, samples) - 8usize];
    ["Offset of field: dahdi_tone_def::shift"][::std::mem::offset_of!(dahdi_tone_def, shift) - 12usize];
    ["Offset of field: dahdi_tone_def::fac1"][::std::mem::offset_of!(dahdi_tone_def, fac1) - 16usize];
    ["Offset of field: dahdi_tone_def::init_v2_1"][::std::mem::offset_of!(dahdi_tone_def, init_v2_1) - 20usize];
    ["Offset of field: dahdi_tone_def::init_v3_1"][::std::mem::offset_of!(dahdi_tone_def, init_v3_1) - 24usize];
    ["Offset of field: dahdi_tone_def::fac2"][::std::mem::offset_of!(dahdi_tone_def, fac2) - 28usize];
    ["Offset of field: dahdi_tone_def::init_v2_2"][::std::mem::offset_of!(dahdi_tone_def, init_v2_2) - 32usize];
    ["Offset of field: dahdi_tone_def::init_v3_2"][::std::mem::offset_of!(dahdi_tone_def, init_v3_2) - 36usize];
    ["Offset of field: dahdi_tone_def::modulate"][::std::mem::offset_of!(dahdi_tone_def, modulate) - 40usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct dahdi_tone_def_header {
    pub count: ::std::os::raw::c_int,
    pub zone: ::std::os::raw::c_int,
    pub ringcadence: [::std::os::raw::c_int; 16usize],
    pub name: [::std::os::raw::c_char; 40usize],
    pub tones: __IncompleteArrayField<dahdi_tone_def>,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_tone_def_header"][::std::mem::size_of::<dahdi_tone_def_header>() - 112usize];
    ["Alignment of dahdi_tone_def_header"][::std::mem::align_of::<dahdi_tone_def_header>() - 4usize];
    ["Offset of field: dahdi_tone_def_header::count"][::std::mem::offset_of!(dahdi_tone_def_header, count) - 0usize];
    ["Offset of field: dahdi_tone_def_header::zone"][::std::mem::offset_of!(dahdi_tone_def_header, zone) - 4usize];
    ["Offset of field: dahdi_tone_def_header::ringcadence"]
        [::std::mem::offset_of!(dahdi_tone_def_header, ringcadence) - 8usize];
    ["Offset of field: dahdi_tone_def_header::name"][::std::mem::offset_of!(dahdi_tone_def_header, name) - 72usize];
    ["Offset of field: dahdi_tone_def_header::tones"][::std::mem::offset_of!(dahdi_tone_def_header, tones) - 112usize];
};
impl Default for dahdi_tone_def_header {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_bufferinfo {
    pub txbufpolicy: ::std::os::raw::c_int,
    pub rxbufpolicy: ::std::os::raw::c_int,
    pub numbufs: ::std::os::raw::c_int,
    pub bufsize: ::std::os::raw::c_int,
    pub readbufs: ::std::os::raw::c_int,
    pub writebufs: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_bufferinfo"][::std::mem::size_of::<dahdi_bufferinfo>() - 24usize];
    ["Alignment of dahdi_bufferinfo"][::std::mem::align_of::<dahdi_bufferinfo>() - 4usize];
    ["Offset of field: dahdi_bufferinfo::txbufpolicy"][::std::mem::offset_of!(dahdi_bufferinfo, txbufpolicy) - 0usize];
    ["Offset of field: dahdi_bufferinfo::rxbufpolicy"][::std::mem::offset_of!(dahdi_bufferinfo, rxbufpolicy) - 4usize];
    ["Offset of field: dahdi_bufferinfo::numbufs"][::std::mem::offset_of!(dahdi_bufferinfo, numbufs) - 8usize];
    ["Offset of field: dahdi_bufferinfo::bufsize"][::std::mem::offset_of!(dahdi_bufferinfo, bufsize) - 12usize];
    ["Offset of field: dahdi_bufferinfo::readbufs"][::std::mem::offset_of!(dahdi_bufferinfo, readbufs) - 16usize];
    ["Offset of field: dahdi_bufferinfo::writebufs"][::std::mem::offset_of!(dahdi_bufferinfo, writebufs) - 20usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_dialparams {
    pub mfv1_tonelen: ::std::os::raw::c_int,
    pub dtmf_tonelen: ::std::os::raw::c_int,
    pub mfr2_tonelen: ::std::os::raw::c_int,
    pub reserved: [::std::os::raw::c_int; 3usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_dialparams"][::std::mem::size_of::<dahdi_dialparams>() - 24usize];
    ["Alignment of dahdi_dialparams"][::std::mem::align_of::<dahdi_dialparams>() - 4usize];
    ["Offset of field: dahdi_dialparams::mfv1_tonelen"]
        [::std::mem::offset_of!(dahdi_dialparams, mfv1_tonelen) - 0usize];
    ["Offset of field: dahdi_dialparams::dtmf_tonelen"]
        [::std::mem::offset_of!(dahdi_dialparams, dtmf_tonelen) - 4usize];
    ["Offset of field: dahdi_dialparams::mfr2_tonelen"]
        [::std::mem::offset_of!(dahdi_dialparams, mfr2_tonelen) - 8usize];
    ["Offset of field: dahdi_dialparams::reserved"][::std::mem::offset_of!(dahdi_dialparams, reserved) - 12usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct dahdi_dialoperation {
    pub op: ::std::os::raw::c_int,
    pub dialstr: [::std::os::raw::c_char; 256usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_dialoperation"][::std::mem::size_of::<dahdi_dialoperation>() - 260usize];
    ["Alignment of dahdi_dialoperation"][::std::mem::align_of::<dahdi_dialoperation>() - 4usize];
    ["Offset of field: dahdi_dialoperation::op"][::std::mem::offset_of!(dahdi_dialoperation, op) - 0usize];
    ["Offset of field: dahdi_dialoperation::dialstr"][::std::mem::offset_of!(dahdi_dialoperation, dialstr) - 4usize];
};
impl Default for dahdi_dialoperation {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_echocanparam {
    pub name: [::std::os::raw::c_char; 16usize],
    pub value: __s32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_echocanparam"][::std::mem::size_of::<dahdi_echocanparam>() - 20usize];
    ["Alignment of dahdi_echocanparam"][::std::mem::align_of::<dahdi_echocanparam>() - 4usize];
    ["Offset of field: dahdi_echocanparam::name"][::std::mem::offset_of!(dahdi_echocanparam, name) - 0usize];
    ["Offset of field: dahdi_echocanparam::value"][::std::mem::offset_of!(dahdi_echocanparam, value) - 16usize];
};
#[repr(C)]
#[derive(Debug, Default)]
pub struct dahdi_echocanparams {
    pub tap_length: __u32,
    pub param_count: __u32,
    pub params: __IncompleteArrayField<dahdi_echocanparam>,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_echocanparams"][::std::mem::size_of::<dahdi_echocanparams>() - 8usize];
    ["Alignment of dahdi_echocanparams"][::std::mem::align_of::<dahdi_echocanparams>() - 4usize];
    ["Offset of field: dahdi_echocanparams::tap_length"]
        [::std::mem::offset_of!(dahdi_echocanparams, tap_length) - 0usize];
    ["Offset of field: dahdi_echocanparams::param_count"]
        [::std::mem::offset_of!(dahdi_echocanparams, param_count) - 4usize];
    ["Offset of field: dahdi_echocanparams::params"][::std::mem::offset_of!(dahdi_echocanparams, params) - 8usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_ring_cadence {
    pub ringcadence: [::std::os::raw::c_int; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_ring_cadence"][::std::mem::size_of::<dahdi_ring_cadence>() - 64usize];
    ["Alignment of dahdi_ring_cadence"][::std::mem::align_of::<dahdi_ring_cadence>() - 4usize];
    ["Offset of field: dahdi_ring_cadence::ringcadence"]
        [::std::mem::offset_of!(dahdi_ring_cadence, ringcadence) - 0usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_sfconfig {
    pub chan: ::std::os::raw::c_int,
    pub name: [::std::os::raw::c_char; 40usize],
    pub rxp1: ::std::os::raw::c_long,
    pub rxp2: ::std::os::raw::c_long,
    pub rxp3: ::std::os::raw::c_long,
    pub txtone: ::std::os::raw::c_int,
    pub tx_v2: ::std::os::raw::c_int,
    pub tx_v3: ::std::os::raw::c_int,
    pub toneflag: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_sfconfig"][::std::mem::size_of::<dahdi_sfconfig>() - 88usize];
    ["Alignment of dahdi_sfconfig"][::std::mem::align_of::<dahdi_sfconfig>() - 8usize];
    ["Offset of field: dahdi_sfconfig::chan"][::std::mem::offset_of!(dahdi_sfconfig, chan) - 0usize];
    ["Offset of field: dahdi_sfconfig::name"][::std::mem::offset_of!(dahdi_sfconfig, name) - 4usize];
    ["Offset of field: dahdi_sfconfig::rxp1"][::std::mem::offset_of!(dahdi_sfconfig, rxp1) - 48usize];
    ["Offset of field: dahdi_sfconfig::rxp2"][::std::mem::offset_of!(dahdi_sfconfig, rxp2) - 56usize];
    ["Offset of field: dahdi_sfconfig::rxp3"][::std::mem::offset_of!(dahdi_sfconfig, rxp3) - 64usize];
    ["Offset of field: dahdi_sfconfig::txtone"][::std::mem::offset_of!(dahdi_sfconfig, txtone) - 72usize];
    ["Offset of field: dahdi_sfconfig::tx_v2"][::std::mem::offset_of!(dahdi_sfconfig, tx_v2) - 76usize];
    ["Offset of field: dahdi_sfconfig::tx_v3"][::std::mem::offset_of!(dahdi_sfconfig, tx_v3) - 80usize];
    ["Offset of field: dahdi_sfconfig::toneflag"][::std::mem::offset_of!(dahdi_sfconfig, toneflag) - 84usize];
};
impl Default for dahdi_sfconfig {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_indirect_data {
    pub chan: ::std::os::raw::c_int,
    pub op: ::std::os::raw::c_int,
    pub data: *mut ::std::os::raw::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_indirect_data"][::std::mem::size_of::<dahdi_indirect_data>() - 16usize];
    ["Alignment of dahdi_indirect_data"][::std::mem::align_of::<dahdi_indirect_data>() - 8usize];
    ["Offset of field: dahdi_indirect_data::chan"][::std::mem::offset_of!(dahdi_indirect_data, chan) - 0usize];
    ["Offset of field: dahdi_indirect_data::op"][::std::mem::offset_of!(dahdi_indirect_data, op) - 4usize];
    ["Offset of field: dahdi_indirect_data::data"][::std::mem::offset_of!(dahdi_indirect_data, data) - 8usize];
};
impl Default for dahdi_indirect_data {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_versioninfo {
    pub version: [::std::os::raw::c_char; 80usize],
    pub echo_canceller: [::std::os::raw::c_char; 80usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_versioninfo"][::std::mem::size_of::<dahdi_versioninfo>() - 160usize];
    ["Alignment of dahdi_versioninfo"][::std::mem::align_of::<dahdi_versioninfo>() - 1usize];
    ["Offset of field: dahdi_versioninfo::version"][::std::mem::offset_of!(dahdi_versioninfo, version) - 0usize];
    ["Offset of field: dahdi_versioninfo::echo_canceller"]
        [::std::mem::offset_of!(dahdi_versioninfo, echo_canceller) - 80usize];
};
impl Default for dahdi_versioninfo {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_attach_echocan {
    pub chan: ::std::os::raw::c_int,
    pub echocan: [::std::os::raw::c_char; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_attach_echocan"][::std::mem::size_of::<dahdi_attach_echocan>() - 20usize];
    ["Alignment of dahdi_attach_echocan"][::std::mem::align_of::<dahdi_attach_echocan>() - 4usize];
    ["Offset of field: dahdi_attach_echocan::chan"][::std::mem::offset_of!(dahdi_attach_echocan, chan) - 0usize];
    ["Offset of field: dahdi_attach_echocan::echocan"][::std::mem::offset_of!(dahdi_attach_echocan, echocan) - 4usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_dynamic_span {
    pub driver: [::std::os::raw::c_char; 20usize],
    pub addr: [::std::os::raw::c_char; 40usize],
    pub numchans: ::std::os::raw::c_int,
    pub timing: ::std::os::raw::c_int,
    pub spanno: ::std::os::raw::c_int,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_dynamic_span"][::std::mem::size_of::<dahdi_dynamic_span>() - 72usize];
    ["Alignment of dahdi_dynamic_span"][::std::mem::align_of::<dahdi_dynamic_span>() - 4usize];
    ["Offset of field: dahdi_dynamic_span::driver"][::std::mem::offset_of!(dahdi_dynamic_span, driver) - 0usize];
    ["Offset of field: dahdi_dynamic_span::addr"][::std::mem::offset_of!(dahdi_dynamic_span, addr) - 20usize];
    ["Offset of field: dahdi_dynamic_span::numchans"][::std::mem::offset_of!(dahdi_dynamic_span, numchans) - 60usize];
    ["Offset of field: dahdi_dynamic_span::timing"][::std::mem::offset_of!(dahdi_dynamic_span, timing) - 64usize];
    ["Offset of field: dahdi_dynamic_span::spanno"][::std::mem::offset_of!(dahdi_dynamic_span, spanno) - 68usize];
};
impl Default for dahdi_dynamic_span {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_hwgain {
    pub newgain: __s32,
    pub _bitfield_1: __BindgenBitfieldUnit<[u8; 1usize]>,
    pub __bindgen_padding_0: [u8; 3usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_hwgain"][::std::mem::size_of::<dahdi_hwgain>() - 8usize];
    ["Alignment of dahdi_hwgain"][::std::mem::align_of::<dahdi_hwgain>() - 4usize];
    ["Offset of field: dahdi_hwgain::newgain"][::std::mem::offset_of!(dahdi_hwgain, newgain) - 0usize];
};
impl dahdi_hwgain {
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn tx(&self) -> __u32 {
        unsafe { ::std::mem::transmute(self._bitfield_1.get_const::<0usize, 1u8>() as u32) }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_tx(&mut self, val: __u32) {
        unsafe {
            let val: u32 = ::std::mem::transmute(val);
            self._bitfield_1.set_const::<0usize, 1u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn tx_raw(this: *const Self) -> __u32 {
        unsafe {
            ::std::mem::transmute(<__BindgenBitfieldUnit<[u8; 1usize]>>::raw_get_const::<0usize, 1u8>(
                ::std::ptr::addr_of!((*this)._bitfield_1),
            ) as u32)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub unsafe fn set_tx_raw(this: *mut Self, val: __u32) {
        unsafe {
            let val: u32 = ::std::mem::transmute(val);
            <__BindgenBitfieldUnit<[u8; 1usize]>>::raw_set_const::<0usize, 1u8>(
                ::std::ptr::addr_of_mut!((*this)._bitfield_1),
                val as u64,
            )
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn new_bitfield_1(tx: __u32) -> __BindgenBitfieldUnit<[u8; 1usize]> {
        let mut __bindgen_bitfield_unit: __BindgenBitfieldUnit<[u8; 1usize]> = Default::default();
        __bindgen_bitfield_unit.set_const::<0usize, 1u8>({
            let tx: u32 = unsafe { ::std::mem::transmute(tx) };
            tx as u64
        });
        __bindgen_bitfield_unit
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_vmwi_info {
    pub vmwi_type: ::std::os::raw::c_uint,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_vmwi_info"][::std::mem::size_of::<dahdi_vmwi_info>() - 4usize];
    ["Alignment of dahdi_vmwi_info"][::std::mem::align_of::<dahdi_vmwi_info>() - 4usize];
    ["Offset of field: dahdi_vmwi_info::vmwi_type"][::std::mem::offset_of!(dahdi_vmwi_info, vmwi_type) - 0usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct dahdi_radio_stat {
    pub ctcode_rx: ::std::os::raw::c_ushort,
    pub ctclass: ::std::os::raw::c_ushort,
    pub ctcode_tx: ::std::os::raw::c_ushort,
    pub radstat: ::std::os::raw::c_uchar,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_radio_stat"][::std::mem::size_of::<dahdi_radio_stat>() - 8usize];
    ["Alignment of dahdi_radio_stat"][::std::mem::align_of::<dahdi_radio_stat>() - 2usize];
    ["Offset of field: dahdi_radio_stat::ctcode_rx"][::std::mem::offset_of!(dahdi_radio_stat, ctcode_rx) - 0usize];
    ["Offset of field: dahdi_radio_stat::ctclass"][::std::mem::offset_of!(dahdi_radio_stat, ctclass) - 2usize];
    ["Offset of field: dahdi_radio_stat::ctcode_tx"][::std::mem::offset_of!(dahdi_radio_stat, ctcode_tx) - 4usize];
    ["Offset of field: dahdi_radio_stat::radstat"][::std::mem::offset_of!(dahdi_radio_stat, radstat) - 6usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct dahdi_radio_param {
    pub radpar: ::std::os::raw::c_ushort,
    pub index: ::std::os::raw::c_ushort,
    pub data: ::std::os::raw::c_int,
    pub data2: ::std::os::raw::c_int,
    pub buf: [::std::os::raw::c_uchar; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of dahdi_radio_param"][::std::mem::size_of::<dahdi_radio_param>() - 140usize];
    ["Alignment of dahdi_radio_param"][::std::mem::align_of::<dahdi_radio_param>() - 4usize];
    ["Offset of field: dahdi_radio_param::radpar"][::std::mem::offset_of!(dahdi_radio_param, radpar) - 0usize];
    ["Offset of field: dahdi_radio_param::index"][::std::mem::offset_of!(dahdi_radio_param, index) - 2usize];
    ["Offset of field: dahdi_radio_param::data"][::std::mem::offset_of!(dahdi_radio_param, data) - 4usize];
    ["Offset of field: dahdi_radio_param::data2"][::std::mem::offset_of!(dahdi_radio_param, data2) - 8usize];
    ["Offset of field: dahdi_radio_param::buf"][::std::mem::offset_of!(dahdi_radio_param, buf) - 12usize];
};
impl Default for dahdi_radio_param {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
