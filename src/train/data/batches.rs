//! The batches of an epoch, made while the step before runs.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use candle_core::{Device, Result, Tensor};
use rand::seq::SliceRandom;

use super::takes::{Input, Show, Takes};
use super::{Augment, DataSplit, Items};
use crate::train::seeds::{SeedStream, stream};

/// Two views of some items: rows k and `pairs` + k of the input are views of one item.
#[derive(Clone, Debug)]
pub struct Batch {
    /// 2 · pairs items.
    pub input: Input,
    /// Number of pairs.
    pub pairs: usize,
    /// Class of each of the 2 · pairs items, if all are known.
    pub labels: Option<Tensor>,
    /// Where positives are neighbours: the places, from 0 to `pairs`, of a sentence and of one beside it.
    pub near: Option<Vec<[u32; 2]>>,
}

impl Batch {
    /// The same on `device`.
    ///
    /// # Errors
    /// candle's.
    pub fn to(&self, device: &Device) -> Result<Self> {
        Ok(Self {
            input: self.input.to(device)?,
            pairs: self.pairs,
            labels: self
                .labels
                .as_ref()
                .map(|labels| labels.to_device(device))
                .transpose()?,
            near: self.near.clone(),
        })
    }
}

/// What the batches of an epoch depend on.
#[derive(Clone)]
pub struct Deal {
    /// Items.
    pub split: DataSplit,
    /// Form of the input.
    pub takes: Takes,
    /// How views differ.
    pub augment: Augment,
    /// Pairs in a batch.
    pub size: usize,
    /// Fewest pairs; what is left over at the end of an epoch is dropped if there are fewer.
    pub least: usize,
    /// Names the random streams.
    pub seed: u64,
    /// Whether a batch is a run of consecutive sentences, shown to two encoders, whose neighbours are positives.
    pub consecutive: bool,
}

impl Deal {
    /// Batches in an epoch.
    pub fn batches(&self) -> usize {
        if self.consecutive {
            return self.runs().count();
        }
        let rest = self.split.len() % self.size;
        self.split.len() / self.size + usize::from(rest > 0 && rest >= self.least)
    }

    /// Runs of consecutive items, those that hold neighbours.
    fn runs(&self) -> impl Iterator<Item = Vec<usize>> {
        let starts = (0..self.split.len()).step_by(self.size.max(1));
        let runs = starts.map(move |from| (from..self.split.len().min(from + self.size)).collect());
        runs.filter(move |run: &Vec<usize>| !self.near(run).is_empty())
    }

    /// Each two places of `run` whose sentences are neighbours, in both orders.
    fn near(&self, run: &[usize]) -> Vec<[u32; 2]> {
        let Items::Sentences(sentences) = &*self.split.items else {
            return Vec::new();
        };
        let beside = |a: usize, b: usize| {
            let [a, b] = [a, b].map(|place| self.split.rows[run[place]] as usize);
            sentences.near(a).any(|near| near == b)
        };
        let pairs = (1..run.len()).filter(|k| beside(k - 1, *k));
        pairs
            .flat_map(|k| [[k as u32 - 1, k as u32], [k as u32, k as u32 - 1]])
            .collect()
    }

    /// The items of `epoch` in their order, in batches.
    fn order(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut rng = stream(self.seed, SeedStream::Order, &[epoch as u64]);
        if self.consecutive {
            let mut runs: Vec<Vec<usize>> = self.runs().collect();
            runs.shuffle(&mut rng);
            return runs;
        }
        let mut order: Vec<usize> = (0..self.split.len()).collect();
        order.shuffle(&mut rng);
        let batches = order.chunks(self.size).take(self.batches());
        batches.map(<[usize]>::to_vec).collect()
    }

    /// Two views of the items at `places` of the split.
    ///
    /// # Errors
    /// candle's.
    pub fn batch(&self, places: &[usize], epoch: usize) -> Result<Batch> {
        let view = |view| Show::View {
            augment: &self.augment,
            seed: self.seed,
            epoch: epoch as u64,
            view,
        };
        let rows: Vec<u32> = places.iter().map(|at| self.split.rows[*at]).collect();
        let shows = match self.consecutive {
            true => [Show::Plain, Show::Second],
            false => [view(0), view(1)],
        };
        let input = self.takes.input(&self.split.items, &rows, &shows)?;
        let classes = places.iter().map(|at| self.split.labels[*at]);
        let classes: Option<Vec<u32>> = classes.clone().chain(classes).collect();
        let labels = classes.map(|classes| Tensor::new(classes, &Device::Cpu));
        Ok(Batch {
            input,
            pairs: places.len(),
            labels: labels.transpose()?,
            near: self.consecutive.then(|| self.near(places)),
        })
    }

    /// The batches of `epoch` but for the first `made`. The next one is made on the caller's own threads (those of its
    /// rayon pool) while it works on the last: on one thread, in turn with it.
    pub fn epoch(&self, epoch: usize, made: usize) -> Batches {
        let mut order = self.order(epoch);
        let mut batches = Batches {
            deal: self.clone(),
            epoch,
            order: order.split_off(made.min(order.len())).into_iter(),
            next: None,
        };
        batches.begin();
        batches
    }
}

/// Batches in order.
pub struct Batches {
    deal: Deal,
    epoch: usize,
    order: std::vec::IntoIter<Vec<usize>>,
    next: Option<Receiver<Result<Batch>>>,
}

impl Batches {
    /// Has the next batch made by whichever thread of the pool is free.
    fn begin(&mut self) {
        self.next = self.order.next().map(|places| {
            let (deal, epoch) = (self.deal.clone(), self.epoch);
            let (send, receive) = channel();
            rayon::spawn(move || {
                // Nobody listens any more where training stopped.
                let _ = send.send(deal.batch(&places, epoch));
            });
            receive
        });
    }
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let made = self.next.take()?;
        let batch = loop {
            match made.try_recv() {
                Ok(batch) => break batch,
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            match rayon::yield_now() {
                // The caller's own turn: it may be the one thread that can make the batch.
                Some(rayon::Yield::Executed) => {}
                Some(rayon::Yield::Idle) => std::thread::yield_now(),
                // No thread of a pool: others make it.
                None => break made.recv().ok()?,
            }
        };
        self.begin();
        Some(batch)
    }
}
