//! The macro that makes sentences: a variant, its arguments, both languages.

/// Declares an enum of sentences. Each variant has its arguments and its text in both languages; an argument that one
/// language forgets is a compiler warning, which the build does not accept.
macro_rules! sentences {
    (
        $(#[$meta:meta])*
        pub enum $enum:ident {
            $(
                $(#[$doc:meta])*
                $name:ident $({ $($(#[$arg_doc:meta])* $arg:ident: $type:ty),* $(,)? })?
                zh $zh:literal
                en $en:literal
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // the sentence beside each argument says what it is
        pub enum $enum {
            $(
                $(#[$doc])*
                $name $({ $($(#[$arg_doc])* $arg: $type),* })?,
            )*
        }

        impl $enum {
            /// The sentence in a language.
            pub fn say(&self, language: $crate::words::Language) -> String {
                match self {
                    $(
                        $enum::$name $({ $($arg),* })? => match language {
                            $crate::words::Language::Chinese => format!($zh),
                            $crate::words::Language::English => format!($en),
                        },
                    )*
                }
            }
        }
    };
}

pub(crate) use sentences;
