#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sched.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <stdint.h>
static inline uint64_t ns(){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1000000000ull+t.tv_nsec;}
static int fut(int*a,int op,int v){return syscall(SYS_futex,a,op|FUTEX_PRIVATE_FLAG,v,NULL,NULL,0);}
volatile int word=0; volatile uint64_t woke; volatile int asleep;
static void pin(int c){cpu_set_t s;CPU_ZERO(&s);CPU_SET(c,&s);sched_setaffinity(0,sizeof s,&s);}
int target;
void*sl(void*x){pin(target);for(;;){asleep=1;while(word==0)fut((int*)&word,FUTEX_WAIT,0);woke=ns();if(word==2)return 0;word=0;}}
int cmp(const void*a,const void*b){uint64_t x=*(uint64_t*)a,y=*(uint64_t*)b;return x<y?-1:x>y;}
#define P(n,a,k) qsort(a,k,8,cmp);printf("%s p25 %lu p50 %lu p75 %lu p99 %lu\n",n,a[k/4],a[k/2],a[k*3/4],a[k*99/100]);
uint64_t a[5000],b[5000];
void*nop(void*x){return 0;}
int main(){
 pin(0);
 for(int t=0;t<2;t++){target=t?0:1;pthread_t p;asleep=0;pthread_create(&p,0,sl,0);
  int n=1000;for(int i=0;i<n;i++){usleep(300);woke=0;uint64_t s=ns();word=1;fut((int*)&word,FUTEX_WAKE,1);uint64_t e=ns();if(t)sched_yield();while(!woke)if(t)sched_yield();a[i]=e-s;b[i]=woke-s;}
  P(t?"wake call same core":"wake call other idle core",a,n);P(t?"latency same":"latency idle",b,n);word=2;fut((int*)&word,FUTEX_WAKE,1);pthread_join(p,0);word=0;}
 int z=0;for(int i=0;i<5000;i++){uint64_t s=ns();for(int k=0;k<10;k++)fut(&z,FUTEX_WAKE,1);a[i]=(ns()-s)/10;}P("empty wake",a,5000);
 for(int i=0;i<200;i++){struct timespec ts={0,1000000};uint64_t s=ns();nanosleep(&ts,0);a[i]=ns()-s-1000000;}P("timer slack 1ms (incl wake)",a,200);
 for(int i=0;i<500;i++){pthread_t p;uint64_t s=ns();pthread_create(&p,0,nop,0);uint64_t e=ns();pthread_join(p,0);a[i]=e-s;b[i]=ns()-s;}P("create",a,500);P("create+join",b,500);
 pthread_mutex_t m=PTHREAD_MUTEX_INITIALIZER;pthread_cond_t c=PTHREAD_COND_INITIALIZER;for(int i=0;i<2000;i++){uint64_t s=ns();for(int k=0;k<100;k++){pthread_mutex_lock(&m);pthread_cond_signal(&c);pthread_mutex_unlock(&m);pthread_mutex_lock(&m);pthread_mutex_unlock(&m);}a[i]=(ns()-s)/100;}P("lock pair",a,2000);
 int z2=1;for(int i=0;i<2000;i++){uint64_t s=ns();for(int k=0;k<10;k++)fut(&z2,FUTEX_WAIT,0);a[i]=(ns()-s)/10;}P("futex wait EAGAIN",a,2000);
 // pipe ping pong same core for context switch
 int p1[2],p2[2];pipe(p1);pipe(p2);if(!fork()){char ch;for(;;){if(read(p1[0],&ch,1)<1)_exit(0);write(p2[1],&ch,1);}}
 char ch='x';for(int i=0;i<2000;i++){uint64_t s=ns();write(p1[1],&ch,1);read(p2[0],&ch,1);a[i]=(ns()-s)/2;}P("pipe pingpong half, same core",a,2000);
 for(int i=0;i<2000;i++){uint64_t s=ns();write(p1[1],&ch,1);a[i]=0;read(p2[0],&ch,1);}
}
