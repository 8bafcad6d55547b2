//! A model folder, opened: configuration, tokenizer, encoder and head.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crossbeam_queue::ArrayQueue;

use crate::batch::Batch;
use crate::checkpoint::{Checkpoint, LoadMode};
use crate::config::{BackboneConfig, Config, HeadKind, WeightType};
use crate::encoded::{BatchShape, Encoded, Outputs, Recorder, WatchAttention};
use crate::encoder::{Encoder, LocatedEncoder, Workspace};
use crate::error::{Error, ErrorKind, Result, bail};
use crate::heads::{Head, LocatedHead, Logits};
use crate::linalg::kernels::{Format, InstructionSet, Kernels};
use crate::linalg::{Compute, Formats};
use crate::model_name::{Caches, Preset};
use crate::opening::{OpenObserver, OpenStage};
use crate::packed::{Identity, PackedCache, PackedReport, PackedSizes, Packing, source_digest};
use crate::precision::Precision;
use crate::profile::Profile;
use crate::run::RunOptions;
use crate::runtime::ThreadPool;
use crate::tokenizer::{Encoding, TextInput, TokenizeOptions, Tokenizer, TokenizerOptions};

/// Workspaces kept for later calls; more callers than this at a time allocate anew.
const KEPT_WORKSPACES: usize = 64;
/// More threads than this are a mistake.
const MOST_THREADS: usize = 1024;

/// How to open a model.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The error that results may have.
    pub precision: Precision,
    /// Threads that work on one forward pass, the caller included; by default one for each available processor.
    pub threads: Option<usize>,
    /// The instructions to use; by default the fastest there are. The environment variable `DEBERTA_ISA` overrides
    /// this.
    pub instruction_set: Option<InstructionSet>,
    /// Whether weight files are mapped or copied into memory.
    pub load_mode: LoadMode,
    /// What the names of the encoder's tensors start with; by default found out, nothing or `deberta.`.
    pub tensor_prefix: Option<String>,
    /// A directory for packed weights: those of this model are mapped from there, and written there first unless they
    /// are there and fit. Opening is then fast, and processes share the memory. By default weights are packed anew at
    /// every opening, in memory of the process alone.
    ///
    /// A directory that [`Model::pack`] made is only read: if nothing in it fits, opening fails.
    pub packed_cache: Option<PathBuf>,
    /// In place of the weights that the folder has, or has not, random ones from this seed, as the reference initialises
    /// them: for measuring speed and memory without a checkpoint, and for tests.
    pub random_weights: Option<u64>,
    /// How to open the tokenizer, where the folder has one.
    pub tokenizer: TokenizerOptions,
    /// Receives the progress of opening, and can stop it.
    pub observer: OpenObserver,
}

/// A model that is ready to use. It never changes after opening and can be shared by any number of threads: a forward
/// pass takes no lock.
pub struct Model {
    config: Config,
    tokenizer: Option<Tokenizer>,
    encoder: Encoder,
    head: Option<Head>,
    compute: Compute,
    workspaces: ArrayQueue<Workspace>,
    files: Vec<(PathBuf, u64)>,
    parameters: u64,
    tensor_prefix: String,
    packed_sizes: PackedSizes,
    packed_file: Option<PathBuf>,
}

/// What a model consists of and runs with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The head that was loaded.
    pub head: Option<HeadKind>,
    /// Number of weights in the tensors that the model uses.
    pub parameters: u64,
    /// What the names of the encoder's tensors start with.
    pub tensor_prefix: String,
    /// The weight files and their sizes in bytes.
    pub files: Vec<(PathBuf, u64)>,
    /// The precision that was asked for.
    pub precision: Precision,
    /// The instructions in use.
    pub instruction_set: InstructionSet,
    /// The instructions that this machine and build have, fastest first.
    pub available_instruction_sets: Vec<InstructionSet>,
    /// The number format of the products of each part of the model.
    pub products: Vec<(&'static str, &'static str)>,
    /// Threads that work on one forward pass.
    pub threads: usize,
    /// Bytes of weights packed for the kernels, held in private memory.
    pub packed_bytes: u64,
    /// Bytes of packed weights that are mapped from `packed_file`, and shared with other processes that do the same.
    pub mapped_bytes: u64,
    /// The file that packed weights were taken from.
    pub packed_file: Option<PathBuf>,
}

/// A model's parts, found and checked, before weights are packed.
struct LocatedModel {
    config: Config,
    checkpoint: Checkpoint,
    compute: Compute,
    encoder: LocatedEncoder,
    head: Option<LocatedHead>,
    parameters: u64,
}

/// What packed weights are needed for.
struct PackedParts {
    encoder: Encoder,
    head: Option<Head>,
}

impl Model {
    /// Opens a model folder: `config.json`, weights, and the tokenizer where there is one (see [`Tokenizer::open`]).
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the folder, its files or the options; see [`crate::ErrorKind`].
    pub fn open(folder: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let start = Instant::now();
        let folder = folder.as_ref();
        log::debug!("opening {} with {options:?}", folder.display());
        let located = LocatedModel::in_folder(folder, options)?;
        options.observer.report(OpenStage::Tokenizer, 0, 0)?;
        let tokenizer = Tokenizer::open(folder, &options.tokenizer)?;
        let model = match &options.packed_cache {
            None => located.pack(tokenizer, &options.observer)?,
            Some(directory) => {
                let mapped =
                    located.cache(folder, directory, options)?.open(|packing| located.build(packing))?;
                let mut model = located.finish(tokenizer, mapped.value, mapped.sizes);
                model.packed_file = Some(mapped.path);
                model
            }
        };
        model.log_opening(folder, start);
        Ok(model)
    }

    /// Opens a model by its name, or by its folder: a name is that of a model which other programs, or the
    /// `deberta fetch` command, left in their caches on this machine. See [`crate::ModelName`] and
    /// [`Caches::from_environment`]. Nothing is downloaded. For random weights one of the presets need not be on this
    /// machine.
    ///
    /// # Errors
    ///
    /// `NotFound` if the model is not on this machine; the message says where it was looked for, and how to get it.
    /// `InvalidArgument` if the name is neither a folder nor the name of a model. Otherwise as for [`Self::open`].
    pub fn from_preset(name: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let name = name.as_ref();
        let preset = || name.to_str()?.parse::<Preset>().ok();
        match (Caches::from_environment().locate(name), options.random_weights, preset()) {
            (Ok(folder), ..) => Self::open(folder, options),
            (Err(_), Some(seed), Some(preset)) => Self::random(preset.config()?, seed, options),
            (Err(error), ..) => Err(error),
        }
    }

    /// Writes a model's packed weights to a directory, for [`OpenOptions::packed_cache`], and has it only read from then
    /// on. Which packed weights depends on the options' precision and instruction set.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`], and `Io` if the directory cannot be written to.
    pub fn pack(
        folder: impl AsRef<Path>,
        directory: impl AsRef<Path>,
        options: &OpenOptions,
    ) -> Result<PackedReport> {
        let located = LocatedModel::in_folder(folder.as_ref(), options)?;
        let cache = located.cache(folder.as_ref(), directory.as_ref(), options)?;
        cache.pack(|packing| located.build(packing))
    }

    /// Checks every byte of a model's packed weights in a directory; opening checks samples.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`]; `NotFound` if there are no packed weights of the model as it is now, with these options;
    /// `InvalidCheckpoint` if there are, but damaged.
    pub fn verify_packed(
        folder: impl AsRef<Path>,
        directory: impl AsRef<Path>,
        options: &OpenOptions,
    ) -> Result<PackedReport> {
        let located = LocatedModel::in_folder(folder.as_ref(), options)?;
        let cache = located.cache(folder.as_ref(), directory.as_ref(), options)?;
        cache.verify(|packing| located.build(packing))
    }

    fn log_opening(&self, folder: &Path, start: Instant) {
        for (path, bytes) in &self.files {
            log::debug!("weights in {}, {bytes} bytes", path.display());
        }
        if self.tokenizer.is_none() {
            log::debug!("{} has no tokenizer: the model takes token ids only", folder.display());
        }
        log::info!(
            "opened {} in {} ms: {} parameters, {}, {} threads, precision {}",
            folder.display(),
            start.elapsed().as_millis(),
            self.parameters,
            self.compute.kernels.instruction_set,
            self.compute.pool.threads(),
            self.compute.precision
        );
    }

    /// A model of this configuration with random weights, the same for the same seed: for measuring speed and memory
    /// without a checkpoint.
    ///
    /// # Errors
    ///
    /// Memory that cannot be had, or options that do not fit the machine or random weights.
    pub fn random(config: Config, seed: u64, options: &OpenOptions) -> Result<Self> {
        LocatedModel::random(config, seed, WeightType::Float32, options)?.pack(None, &options.observer)
    }

    /// A model of these sizes with random weights, as the constructor of Keras' `DebertaV3Backbone` makes one: see
    /// [`Self::random`].
    ///
    /// # Errors
    ///
    /// `InvalidConfig` if a size is impossible or they do not fit together; otherwise as for [`Self::random`].
    pub fn from_backbone(backbone: &BackboneConfig, seed: u64, options: &OpenOptions) -> Result<Self> {
        let config = backbone.to_config()?;
        LocatedModel::random(config, seed, backbone.dtype, options)?.pack(None, &options.observer)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The tokenizer, if the folder has one.
    pub fn tokenizer(&self) -> Option<&Tokenizer> {
        self.tokenizer.as_ref()
    }

    /// The kind of the head that was loaded.
    pub fn head(&self) -> Option<HeadKind> {
        self.head.as_ref().map(Head::kind)
    }

    /// What the model consists of and runs with.
    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            head: self.head(),
            parameters: self.parameters,
            tensor_prefix: self.tensor_prefix.clone(),
            files: self.files.clone(),
            precision: self.compute.precision,
            instruction_set: self.compute.kernels.instruction_set,
            available_instruction_sets: InstructionSet::available(),
            products: self.products(),
            threads: self.compute.pool.threads(),
            packed_bytes: self.packed_sizes.private,
            mapped_bytes: self.packed_sizes.mapped,
            packed_file: self.packed_file.clone(),
        }
    }

    /// The parts of the model and the formats of their products.
    fn products(&self) -> Vec<(&'static str, &'static str)> {
        let formats = self.compute.formats;
        let float32 = Format::Float32.name();
        let mut products =
            vec![("dense layers", formats.dense.name()), ("attention", formats.attention.name())];
        if self.config.embedding_size != self.config.hidden_size {
            products.push(("projection of embeddings", float32));
        }
        if self.config.conv.is_some() {
            products.push(("convolution", float32));
        }
        if self.head.is_some() {
            products.push(("head", float32));
        }
        products
    }

    /// Encodes a batch.
    ///
    /// A row's result is the same, bit for bit, whatever else is in the batch, however it is padded and however many
    /// threads run.
    ///
    /// # Errors
    ///
    /// An id or token type that the model does not have, a position beyond its absolute positions, embeddings of
    /// another size, layers that the model does not have, weights that are NaN or infinite, or memory that cannot be
    /// had.
    pub fn encode(&self, batch: &Batch, outputs: Outputs) -> Result<Encoded> {
        self.encode_with(batch, outputs, &RunOptions::default())
    }

    /// [`Self::encode`] with a deadline or a cancellation.
    ///
    /// # Errors
    ///
    /// As for [`Self::encode`]; `Cancelled` and `DeadlineExceeded`.
    pub fn encode_with(&self, batch: &Batch, outputs: Outputs, run: &RunOptions) -> Result<Encoded> {
        self.forward(batch, self.recorder(outputs, run)?, false).map(|(encoded, _)| encoded)
    }

    /// [`Self::encode_with`], where each layer's attention is shown to `watch` before the next layer runs. So it need not be
    /// kept for all layers.
    pub(crate) fn encode_watched<'a>(
        &'a self,
        batch: &Batch,
        outputs: Outputs,
        run: &'a RunOptions,
        watch: &'a mut WatchAttention<'a>,
    ) -> Result<Encoded> {
        let recorder = self.recorder(outputs, run)?.watched_by(watch);
        self.forward(batch, recorder, false).map(|(encoded, _)| encoded)
    }

    /// [`Self::encode`] with the time of each stage. Measuring costs about one percent.
    ///
    /// # Errors
    ///
    /// As for [`Self::encode`].
    pub fn encode_profiled(&self, batch: &Batch, outputs: Outputs) -> Result<(Encoded, Profile)> {
        let run = RunOptions::default();
        let (encoded, profile) = self.forward(batch, self.recorder(outputs, &run)?, true)?;
        Ok((encoded, profile.unwrap_or_default()))
    }

    fn recorder<'a>(&self, outputs: Outputs, run: &'a RunOptions) -> Result<Recorder<'a>> {
        Ok(Recorder::new(outputs, run, outputs.layers_of(self.config.num_hidden_layers)?))
    }

    fn forward(
        &self,
        batch: &Batch,
        mut recorder: Recorder<'_>,
        profiled: bool,
    ) -> Result<(Encoded, Option<Profile>)> {
        batch.check(&self.config)?;
        recorder.run().check()?;
        let mut workspace = self.workspaces.pop().unwrap_or_default();
        if profiled {
            workspace.stopwatch.start();
        }
        let layers = recorder.layers();
        let result = self
            .encoder
            .forward(&self.compute, batch, layers, &mut workspace, &mut recorder)
            .and_then(|()| {
                let hidden_states = &workspace.hidden_states.values;
                let logits = self.head.as_ref().filter(|_| recorder.outputs.logits);
                let logits =
                    logits.map(|head| head.forward(&self.compute, hidden_states, batch.row_offsets()));
                let logits = logits.transpose()?;
                let (hidden_states_of_layers, attentions) = recorder.finish();
                Ok(Encoded {
                    shape: BatchShape {
                        row_offsets: batch.row_offsets().to_vec(),
                        positions: batch.positions().to_vec(),
                        length: batch.length(),
                        hidden_size: self.config.hidden_size,
                        heads: self.config.num_attention_heads,
                    },
                    last_hidden_state: hidden_states.to_contiguous(),
                    logits,
                    hidden_states: hidden_states_of_layers,
                    attentions,
                })
            });
        let profile = workspace.stopwatch.stop();
        // A full queue means that more callers came at once than are worth keeping memory for.
        let _ = self.workspaces.push(workspace);
        Ok((result?, profile))
    }

    /// Tokenizes texts and encodes them together: what the encoder gives for each token, and what the tokens are.
    ///
    /// # Errors
    ///
    /// As for [`Self::encode_with`] and [`Tokenizer::encode_batch`]; `NotFound` for a model without tokenizer.
    pub fn encode_texts(
        &self,
        texts: &[TextInput<'_>],
        tokenize: &TokenizeOptions,
        outputs: Outputs,
        run: &RunOptions,
    ) -> Result<(Encoded, Vec<Encoding>)> {
        let encodings = self.required_tokenizer()?.encode_batch(texts, tokenize)?;
        let encoded = self.encode_with(&Batch::from_encodings(&encodings)?, outputs, run)?;
        Ok((encoded, encodings))
    }

    /// The logits [tokens, vocab_size] of tokens from their last hidden states, by a masked language modelling head.
    pub(crate) fn vocabulary_logits(&self, hidden_states: &[&[f32]]) -> Result<Logits> {
        match &self.head {
            Some(head) => head.forward_tokens(&self.compute, hidden_states),
            None => bail!(Internal, "a model without head was asked for logits"),
        }
    }

    /// Rows of the word embedding table, [ids, embedding_size].
    ///
    /// # Errors
    ///
    /// An id that is not below the vocabulary's size.
    pub fn token_embeddings(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let size = self.config.vocab_size;
        if let Some(index) = ids.iter().position(|&id| id as usize >= size) {
            bail!(InvalidArgument, "ids[{index}] is {}, but the vocabulary has {size} entries", ids[index]);
        }
        Ok(self.encoder.token_embeddings(ids))
    }
}

impl LocatedModel {
    fn in_folder(folder: &Path, options: &OpenOptions) -> Result<Self> {
        options.observer.report(OpenStage::Checkpoint, 0, 0)?;
        let config = Config::from_folder(folder)?;
        if let Some(seed) = options.random_weights {
            return Self::random(config, seed, WeightType::Float32, options);
        }
        let checkpoint = Checkpoint::open(folder, options.load_mode, options.tensor_prefix.as_deref())?;
        Self::new(config, checkpoint, options)
    }

    fn random(config: Config, seed: u64, dtype: WeightType, options: &OpenOptions) -> Result<Self> {
        if options.packed_cache.is_some() {
            return Err(random_is_not_kept());
        }
        Self::new(config, Checkpoint::random(seed, dtype), options)
    }

    fn new(config: Config, checkpoint: Checkpoint, options: &OpenOptions) -> Result<Self> {
        let kernels = Kernels::select(options.instruction_set)?;
        let compute = Compute {
            kernels,
            pool: ThreadPool::new(threads(options)?)?,
            precision: options.precision,
            formats: Formats::keeping(options.precision, kernels, config.head_size()),
        };
        let mut reader = checkpoint.reader();
        let encoder = Encoder::locate(&config, &mut reader);
        let head = LocatedHead::locate(&config, &checkpoint, &mut reader, encoder.word_embeddings());
        let parameters = reader.parameters();
        reader.finish()?;
        Ok(Self { config, checkpoint, compute, encoder, head, parameters })
    }

    /// The packed weights of this model in a directory.
    fn cache<'a>(
        &'a self,
        folder: &Path,
        directory: &'a Path,
        options: &'a OpenOptions,
    ) -> Result<PackedCache<'a>> {
        if options.random_weights.is_some() {
            return Err(random_is_not_kept());
        }
        let identity = Identity::new(source_digest(folder, &self.checkpoint)?, &self.compute);
        PackedCache::new(directory, identity, options.load_mode, &self.compute, &options.observer)
    }

    fn build(&self, packing: &Packing) -> Result<PackedParts> {
        Ok(PackedParts {
            encoder: self.encoder.build(&self.config, packing)?,
            head: self.head.as_ref().map(|head| head.build(&self.config, packing)).transpose()?,
        })
    }

    /// The model with weights packed in memory.
    fn pack(self, tokenizer: Option<Tokenizer>, observer: &OpenObserver) -> Result<Model> {
        let packing = Packing::of_weights(&self.compute, observer);
        let parts = self.build(&packing)?;
        let sizes = packing.sizes();
        Ok(self.finish(tokenizer, parts, sizes))
    }

    fn finish(self, tokenizer: Option<Tokenizer>, parts: PackedParts, packed_sizes: PackedSizes) -> Model {
        Model {
            encoder: parts.encoder,
            head: parts.head,
            tensor_prefix: self.checkpoint.prefix().to_owned(),
            files: self.checkpoint.files(),
            workspaces: ArrayQueue::new(KEPT_WORKSPACES),
            config: self.config,
            tokenizer,
            compute: self.compute,
            parameters: self.parameters,
            packed_sizes,
            packed_file: None,
        }
    }
}

fn random_is_not_kept() -> Error {
    let message = "random weights are not kept as packed weights; leave out random_weights, or the directory";
    Error::new(ErrorKind::InvalidArgument, message)
}

fn threads(options: &OpenOptions) -> Result<usize> {
    match options.threads {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)),
        Some(threads) if (1..=MOST_THREADS).contains(&threads) => Ok(threads),
        Some(threads) => {
            bail!(InvalidArgument, "threads is {threads}; it must lie between 1 and {MOST_THREADS}")
        }
    }
}
