#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace layerscope {
namespace {

// Looks at a new loop this often before going to sleep: operations of a forward pass follow each other within
// microseconds.
constexpr int kSpins = 4000;

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// One loop. It belongs to whoever still looks at it: a worker that another program kept asleep may wake when the loop
// is long over.
struct Loop {
  Loop(int64_t count, const std::function<void(int64_t)>& piece) : count(count), piece(piece) {}

  void Take() {
    for (int64_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      piece(i);
      done.fetch_add(1, std::memory_order_release);
    }
  }

  const int64_t count;
  const std::function<void(int64_t)>& piece;  // alive until every piece is done, and not touched after
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
};

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this] { Work(); });
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void Run(int64_t count, const std::function<void(int64_t)>& piece) {
    if (workers_.empty() || count <= 1) {
      for (int64_t i = 0; i < count; i++) piece(i);
      return;
    }
    const auto loop = std::make_shared<Loop>(count, piece);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      loop_ = loop;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    loop->Take();
    // Only for pieces that a worker is in the middle of, never for a worker that has not come yet.
    for (int spin = 0; loop->done.load(std::memory_order_acquire) < count; spin++) {
      if (spin < kSpins)
        Pause();
      else
        std::this_thread::yield();
    }
  }

 private:
  void Work() {
    uint64_t seen = 0;
    for (;;) {
      for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; spin++) Pause();
      std::shared_ptr<Loop> loop;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
        seen = generation_.load(std::memory_order_relaxed);
        if (stopping_) return;
        loop = loop_;
      }
      loop->Take();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<uint64_t> generation_{0};
  std::shared_ptr<Loop> loop_;
  bool stopping_ = false;
};

std::mutex pool_mutex;
int wanted = std::max(1u, std::thread::hardware_concurrency());

// Never destroyed: at exit the threads are asleep, and joining them there would wait for whoever holds the process
// open.
Pool* pool = nullptr;

}  // namespace

int ThreadCount() {
  std::lock_guard<std::mutex> lock(pool_mutex);
  return wanted;
}

void SetThreadCount(int count) {
  std::lock_guard<std::mutex> lock(pool_mutex);
  wanted = std::max(1, count);
}

void ParallelFor(int64_t count, const std::function<void(int64_t)>& piece) {
  // One loop at a time: the engine computes from one thread, and a second caller waits its turn.
  std::lock_guard<std::mutex> lock(pool_mutex);
  if (!pool || pool->threads() != wanted) {
    delete pool;
    pool = new Pool(wanted);
  }
  pool->Run(count, piece);
}

}  // namespace layerscope
