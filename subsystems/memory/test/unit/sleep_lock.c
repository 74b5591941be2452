/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <pthread.h>

#include <helix/lib/test.h>
#include <helix/memory/sleep_lock.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void host_wait(const u32 *word, u32 expected)
{
    pthread_mutex_lock(&mutex);
    if (atomic_load_relaxed(word) == expected)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void host_wake(const u32 *word)
{
    (void)word;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static struct sleep_lock lock = SLEEP_LOCK_INIT;
static u64 left, right;
static u32 torn;

static void *writer(void *argument) HELIX_NO_THREAD_SAFETY
{
    for (unsigned i = 0; i < 20000; i++) {
        sleep_lock_write(&lock);
        left++;
        compiler_barrier();
        right++;
        sleep_unlock_write(&lock);
    }
    return argument;
}

static void *reader(void *argument) HELIX_NO_THREAD_SAFETY
{
    for (unsigned i = 0; i < 20000; i++) {
        sleep_lock_read(&lock);
        if (READ_ONCE(left) != READ_ONCE(right))
            atomic_fetch_add_relaxed(&torn, 1u);
        sleep_unlock_read(&lock);
    }
    return argument;
}

HELIX_TEST(sleep_lock, keeps_writers_from_everybody)
{
    static const struct sleep_lock_hooks hooks = {host_wait, host_wake};
    pthread_t threads[6];
    sleep_lock_set_hooks(&hooks);
    for (unsigned i = 0; i < 6; i++)
        REQUIRE(t, pthread_create(&threads[i], NULL, i < 3 ? writer : reader, NULL) == 0);
    for (unsigned i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    EXPECT(t, left == 60000 && right == 60000 && torn == 0);
    EXPECT(t, !sleep_lock_is_held(&lock) && lock.word == 0);
}

HELIX_TEST(sleep_lock, counts_its_readers)
{
    struct sleep_lock own = SLEEP_LOCK_INIT;
    sleep_lock_read(&own);
    EXPECT(t, own.word == 1 && sleep_lock_is_held(&own));
    sleep_unlock_read(&own);
    sleep_lock_write(&own);
    EXPECT(t, own.word == SLEEP_LOCK_WRITER);
    sleep_unlock_write(&own);
    EXPECT(t, own.word == 0);
}
